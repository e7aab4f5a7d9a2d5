import Testing

@testable import CommandLine

@Suite struct HelpTextTests {
  private func help(_ names: [String]) throws -> String {
    HelpText.text(
      grammar: ModlabCommand.grammar, path: try ModlabCommand.grammar.path(names))
  }

  @Test func theHelpOfAVerb() throws {
    #expect(
      try help(["export"]) == """
        Copy weights and masks of a run to a folder.

        usage: modlab export RUN --to DIR [options]

        Writes weights.safetensors and, when the run has learned masks, masks.safetensors; the Python
        package safetensors reads both. What is copied is checked against its recorded checksum.

        arguments:
          RUN  folder of a run, such as results/addmul-fnn/runs/main-…/seed-00

        options:
              --to DIR  folder to write to; made when there is none

        common options:
              --json                    one JSON object per line on standard output
          -q, --quiet                   only results and errors
          -v, --verbose                 more messages
              --color auto|always|never
                                        colours (default: auto)
          -h, --help                    show this help

        """)
  }

  @Test func theHelpOfTheProgramListsEveryVisibleVerb() throws {
    let text = try help([])
    for verb in ModlabCommand.grammar.verbs {
      let isListed = text.contains("\n  \(verb.name) ")
      #expect(isListed == !verb.isHidden, "\(verb.name)")
    }
    #expect(text.contains("--version"))
    #expect(try help(["mask"]).contains("  overlap  compare two masks layer by layer"))
  }

  @Test func everyOptionStandsInTheHelpOfItsVerb() throws {
    func check(_ verb: Verb, _ path: [String]) throws {
      let text = try help(path)
      for option in verb.allOptions where verb.verbs.isEmpty {
        #expect(text.contains("--\(option.name)"), "\(path)")
      }
      for line in text.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
      for inner in verb.verbs { try check(inner, path + [inner.name]) }
    }
    for verb in ModlabCommand.grammar.verbs { try check(verb, [verb.name]) }
  }
}
