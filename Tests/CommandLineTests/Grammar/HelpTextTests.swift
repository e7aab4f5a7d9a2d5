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

        Writes weights.safetensors and, if the run has learned masks, masks.safetensors; the Python
        package safetensors reads both. Every file is checked against its recorded checksum before it
        is copied. Beside every LSTM bias 'bias_ih_l0' a bias 'bias_hh_l0' of zeros is written, so that
        torch.nn.LSTM loads the weights strictly.

        With --evaluation-set it also writes evaluation.safetensors: the examples on which the
        accuracies of the run were measured. Its 'inputs' are those that 'modlab predict' takes,
        'targets' are the right classes, and 'set/NAME' is 1 for the examples of the eval_set NAME.
        docs/inputs.md shows how to compute the accuracies from it.

        arguments:
          RUN  folder of a run, such as results/addmul-fnn/runs/main-…/seed-00

        options:
              --to DIR          folder to write to; it is created if it does not exist
              --evaluation-set  also write the examples on which accuracies were
                                measured
              --data DIR        folder of data sets (default: $MODLAB_DATA, else data)

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
