import ExperimentKit
import Runner
import Store

/// `modlab diff`: what distinguishes two runs.
enum DiffVerb {
  static let verb = Verb(
    "diff", "show the differences between two runs",
    discussion: """
      Compares configuration, environment and all recorded values. The training curve is compared
      with --verbose only.
      """,
    examples: [
      Example(
        "modlab diff results/addmul-fnn/runs/main-*/seed-00 other/addmul-fnn/runs/main-*/seed-00",
        "see whether two computers have got the same")
    ],
    operand: Operand(
      "RUN", .exactly(2), completion: .folders, RunReference.operandSummary),
    action: perform)

  private struct Difference {
    let section: String
    let key: String
    let a: String
    let b: String
  }

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let console = invocation.console
    let a = try RunReference(invocation.arguments.operands[0])
    let b = try RunReference(invocation.arguments.operands[1])
    let differences =
      compare("run", identity(a), identity(b))
      + compare(
        "setting", SettingText.flattened(a.identity.configuration),
        SettingText.flattened(b.identity.configuration))
      + compare("environment", a.environment, b.environment)
      + (try tables(a, b, isVerbose: console.verbosity == .verbose))
    for difference in differences {
      try console.record(
        "modlab-difference-1",
        [
          "section": .string(difference.section), "key": .string(difference.key),
          "a": .string(difference.a), "b": .string(difference.b),
        ])
    }
    if differences.isEmpty {
      try console.result("no differences\n")
      return .success
    }
    var table = TextTable([
      ("", .left), ("", .left), ("a: \(a.label)", .right), ("b: \(b.label)", .right),
      ("b - a", .right),
    ])
    for difference in differences {
      let numbers = (Double(difference.a), Double(difference.b))
      var change = ""
      if case (let x?, let y?) = numbers, difference.section != "setting" {
        change = ShortNumber.text(y - x)
      }
      table.add([
        difference.section, difference.key, numbers.0.map(ShortNumber.text) ?? difference.a,
        numbers.1.map(ShortNumber.text) ?? difference.b, change,
      ])
    }
    try console.result(table.rendered())
    return .success
  }

  private static func identity(_ run: RunReference) -> [(key: String, value: String)] {
    [
      ("experiment", run.identity.kind), ("version", String(run.identity.version)),
      ("variant", run.identity.variant), ("profile", run.identity.profile),
      ("seed", run.seed), ("status", run.status.state.rawValue),
    ]
  }

  private static func compare(
    _ section: String, _ a: [(key: String, value: String)], _ b: [(key: String, value: String)]
  ) -> [Difference] {
    let x = Dictionary(a.map { ($0.key, $0.value) }) { first, _ in first }
    let y = Dictionary(b.map { ($0.key, $0.value) }) { first, _ in first }
    let keys = a.map(\.key) + b.map(\.key).filter { x[$0] == nil }
    return keys.filter { x[$0] != y[$0] }.map {
      Difference(section: section, key: $0, a: x[$0] ?? "", b: y[$0] ?? "")
    }
  }

  private static func tables(
    _ a: RunReference, _ b: RunReference, isVerbose: Bool
  ) throws -> [Difference] {
    let names = a.tables + b.tables.filter { !a.tables.contains($0) }
    return try names.flatMap { name -> [Difference] in
      let tables = try [a, b].map { $0.tables.contains(name) ? try $0.rows(of: name) : nil }
      // The course of training differs in every row.
      guard isVerbose || !tables.contains(where: { $0?.header.contains("step") ?? false }) else {
        return []
      }
      return compare(name, tables[0].map(values) ?? [], tables[1].map(values) ?? [])
    }
  }

  private static func values(_ csv: CSVTable) -> [(key: String, value: String)] {
    csv.rows.map { ($0.dropLast().joined(separator: " "), $0[$0.count - 1]) }
  }
}
