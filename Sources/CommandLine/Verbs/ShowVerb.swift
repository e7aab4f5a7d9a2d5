import ExperimentKit
import Runner
import Store

/// `modlab show`: everything about one run.
enum ShowVerb {
  static let verb = Verb(
    "show", "show configuration, environment and metrics of a run",
    discussion: "Long tables such as training_curve are shown with --verbose only.",
    examples: [
      Example("modlab show results/addmul-fnn/runs/main-*/seed-00", "show one run")
    ],
    operand: Operand(
      "RUN", .exactly(1), completion: .folders, RunReference.operandSummary),
    action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let console = invocation.console
    let run = try RunReference(invocation.arguments.operands[0])
    var tables: [String: JSONValue] = [:]
    try console.result(head(run).rendered() + "\n" + settings(run).rendered())
    for name in run.tables {
      let csv = try run.rows(of: name)
      tables[name] = .array(csv.rows.map { row in json(row, header: csv.header) })
      try show(name, csv, console)
    }
    try console.record(
      "modlab-run-1",
      [
        "identity": run.identity.json, "status": run.status.json, "tables": .object(tables),
      ])
    return .success
  }

  private static func head(_ run: RunReference) -> TextTable {
    var table = TextTable([("run", .left), (run.label, .left)])
    let status = run.status
    table.add(["kind", "\(run.identity.kind) (version \(run.identity.version))"])
    table.add(["profile", run.identity.profile])
    for axis in run.identity.axes { table.add([axis.key, axis.value]) }
    table.add(["status", status.state.rawValue])
    if let error = status.error { table.add(["error", error.what]) }
    table.add(["steps", "\(status.step)/\(status.steps)"])
    table.add(["attempts", String(status.attempts)])
    table.add(["time", DurationText.of(status.seconds)])
    for (key, value) in run.environment { table.add([key, value]) }
    for (key, value) in status.notes.sorted(by: { $0.key < $1.key }) {
      table.add(["note \(key)", SettingText.describe(value)])
    }
    return table
  }

  private static func settings(_ run: RunReference) -> TextTable {
    var table = TextTable([("setting", .left), ("value", .left)])
    for (key, value) in SettingText.flattened(run.identity.configuration) {
      table.add([key, value])
    }
    return table
  }

  /// Shows a table with its metrics side by side.
  private static func show(_ name: String, _ csv: CSVTable, _ console: Console) throws {
    let limit = console.verbosity == .verbose ? .max : 100
    try console.result("\n" + Style.bold.paint(name, console.isOutputColored) + "\n")
    var metrics: [String] = []
    var order: [[String]] = []
    var values: [[String]: [String: String]] = [:]
    for row in csv.rows {
      let (keys, metric) = (Array(row.dropLast(2)), row[row.count - 2])
      if !metrics.contains(metric) { metrics.append(metric) }
      if values[keys] == nil { order.append(keys) }
      let text = row[row.count - 1]
      values[keys, default: [:]][metric] = Double(text).map(ShortNumber.text) ?? text
    }
    guard order.count <= limit else {
      try console.result("  \(order.count) rows, shown with --verbose\n")
      return
    }
    var table = TextTable(
      csv.header.dropLast(2).map { ($0, .left) } + metrics.map { ($0, .right) })
    for keys in order {
      table.add(keys + metrics.map { values[keys]?[$0] ?? "" })
    }
    try console.result(table.rendered())
  }

  private static func json(_ row: [String], header: [String]) -> JSONValue {
    var members: [String: JSONValue] = [:]
    for (name, value) in zip(header, row) { members[name] = .string(value) }
    if let value = Double(row[row.count - 1]) { members["value"] = .number(value) }
    return .object(members)
  }
}
