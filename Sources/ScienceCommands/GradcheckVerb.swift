import Autograd
import CommandLine
import Masks
import Runner
import Store

/// `modlab gradcheck`: the gradients of all operations against central differences.
enum GradcheckVerb {
  static let verb = Verb(
    "gradcheck", "check the gradient of every operation against central differences",
    discussion: "The exit status is 8 when a gradient is wrong.",
    examples: [
      Example("modlab gradcheck", "check all operations"),
      Example("modlab gradcheck LSTM", "check one"),
    ],
    operand: Operand("OP", .optional, "operation to check (default: all)"),
    action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let console = invocation.console
    var cases = GradientCheckCatalogue.all + MaskGradientChecks.all
    if let wanted = invocation.arguments.operands.first {
      let names = Set(cases.map(\.operation)).sorted()
      cases = cases.filter { $0.operation.lowercased() == wanted.lowercased() }
      guard !cases.isEmpty else {
        throw Failure(
          .usage, "unknown operation \(Failure.quote(wanted))",
          why: "there are \(names.joined(separator: ", "))",
          help: Suggestion.help(for: wanted, among: names))
      }
    }
    try LinearAlgebra.load()
    var failed = 0
    for check in cases {
      let report = check.run()
      if !report.passed { failed += 1 }
      try console.record(
        "modlab-gradcheck-1",
        [
          "operation": .string(check.operation), "name": .string(report.name),
          "passed": .bool(report.passed), "entries": .integer(report.entries),
          "maximum_relative_error": .number(report.maximumRelativeError),
          "problems": .array(report.problems.map { .string($0) }),
        ])
      if !report.passed || console.verbosity > .quiet {
        let text = "\(report)\n"
        try console.result(
          report.passed ? text : Style.red.paint(text, console.isOutputColored))
      }
    }
    try console.result("\(cases.count - failed) of \(cases.count) checks passed\n")
    return failed == 0 ? .success : .selfTestFailed
  }
}
