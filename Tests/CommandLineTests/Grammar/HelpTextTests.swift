import Testing

@testable import CommandLine

@Suite struct HelpTextTests {
  private func help(_ names: [String]) throws -> String {
    HelpText.text(
      grammar: Terminal.command.grammar, path: try Terminal.command.grammar.path(names))
  }

  @Test func theHelpOfAVerb() {
    let verb = Verb(
      "pack", "copy the results of a run",
      discussion: """
        Copies whatever the run has left, and checks every file against the checksum that was recorded
        for it.

          an indented line stays as it is, however far apart    its words are

        A second paragraph.
        """,
      examples: [
        Example(
          "demo pack results/r --to copies",
          "copy the results of a run and a few words more, so that the line is wrapped")
      ],
      operand: Operand("RUN", .exactly(1), "folder of a run"),
      options: [
        Option(
          "to", .text(placeholder: "DIR", completion: .folders), isRequired: true,
          "folder to write to")
      ]
    ) { _ in .success }
    let grammar = Grammar(program: "demo", summary: "for this test", verbs: [verb])
    #expect(
      HelpText.text(grammar: grammar, path: [verb]) == """
        Copy the results of a run.

        usage: demo pack RUN --to DIR [options]

        Copies whatever the run has left, and checks every file against the checksum
        that was recorded for it.

          an indented line stays as it is, however far apart    its words are

        A second paragraph.

        arguments:
          RUN  folder of a run

        options:
              --to DIR  folder to write to

        common options:
              --json                    one JSON object per line on standard output
          -q, --quiet                   only results and errors
          -v, --verbose                 more detail
              --color auto|always|never
                                        colours (default: auto)
          -h, --help                    show this help

        examples:
          demo pack results/r --to copies
              copy the results of a run and a few words more, so that the line is
              wrapped

        """)
  }

  @Test func theHelpOfTheProgramListsEveryVisibleVerb() throws {
    let text = try help([])
    for verb in Terminal.command.grammar.verbs {
      let isListed = text.contains("\n  \(verb.name) ")
      #expect(isListed == !verb.isHidden, "\(verb.name)")
    }
    #expect(text.contains("--version"))
    #expect(try help(["mask"]).contains("  overlap   compare two masks layer by layer"))
  }

  @Test func everyOptionStandsInTheHelpOfItsVerb() throws {
    func check(_ verb: Verb, _ path: [String]) throws {
      let text = try help(path)
      for option in verb.allOptions where verb.verbs.isEmpty {
        #expect(text.contains("--\(option.name)"), "\(path)")
      }
      for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
      for inner in verb.verbs { try check(inner, path + [inner.name]) }
    }
    for verb in Terminal.command.grammar.verbs { try check(verb, [verb.name]) }
  }
}
