import Runner
import Store

/// `modlab status`: how far all runs are.
enum StatusVerb {
  static let verb = Verb(
    "status", "show how far all runs are, also while another process computes them",
    operand: ManifestOptions.folderOperand, action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let console = invocation.console
    for (index, folder) in try ManifestOptions.experiments(invocation.arguments).enumerated() {
      let report = try StatusReport(folder)
      if index > 0 { try console.result("\n") }
      for group in report.groups {
        for run in group.runs { try console.record("modlab-run-state-1", members(run)) }
      }
      try show(report, console)
    }
    return .success
  }

  private static let states = [
    "complete", "running", "interrupted", "failed", "diverged", "new",
  ]

  private static func show(_ report: StatusReport, _ console: Console) throws {
    var title = Style.bold.paint(report.experiment, console.isOutputColored)
    if let owner = report.owner { title += "  (\(owner) works here)" }
    var table = TextTable(
      [("variant", .left), ("profile", .left)] + states.map { ($0, .right) }
        + [("steps/s", .right), ("left", .right)])
    for group in report.groups {
      table.add(
        [group.label, group.profile]
          + states.map { group.count($0) == 0 ? "." : String(group.count($0)) }
          + [group.stepsPerSecond.map(rate) ?? "", left(group)])
    }
    try console.result(title + "\n" + table.rendered())
    let details = report.groups.flatMap(\.runs).filter {
      console.verbosity == .verbose
        || ["running", "failed", "diverged", "interrupted"].contains($0.state)
    }
    if !details.isEmpty {
      try console.result("\n" + runs(details).rendered())
    }
    var total =
      report.secondsLeft.map {
        $0 > 0 ? "about \(DurationText.of($0)) left" : "nothing left to compute"
      } ?? "time left unknown"
    if report.stale > 0 { total += "; \(report.stale) stale run folders" }
    try console.result("\n\(total)\n")
  }

  private static func runs(_ runs: [StatusReport.Run]) -> TextTable {
    var table = TextTable([
      ("run", .left), ("state", .left), ("step", .right), ("phase", .left), ("steps/s", .right),
      ("attempts", .right), ("error", .left),
    ])
    for run in runs {
      let status = run.inspection.status
      table.add([
        "\(run.name.configurationName)/\(run.name.seedName)", run.state,
        "\(run.step)/\(run.steps)", status?.phase ?? "",
        status?.stepsPerSecond.map(rate) ?? "", status.map { String($0.attempts) } ?? "",
        status?.error?.what ?? "",
      ])
    }
    return table
  }

  private static func left(_ group: StatusReport.Group) -> String {
    guard group.stepsLeft > 0 else { return "" }
    return group.stepsPerSecond.map { DurationText.of(Double(group.stepsLeft) / $0) } ?? "?"
  }

  private static func rate(_ stepsPerSecond: Double) -> String {
    CSVNumber.format((stepsPerSecond * 10).rounded() / 10)
  }

  private static func members(_ run: StatusReport.Run) -> [String: JSONValue] {
    let status = run.inspection.status
    return [
      "experiment": .string(run.name.experiment), "variant": .string(run.name.variant),
      "hash": .string(run.name.hash), "seed": .integer(run.name.seed),
      "profile": .string(run.profile), "state": .string(run.state), "step": .integer(run.step),
      "steps": .integer(run.steps), "phase": status?.phase.map { .string($0) } ?? .null,
      "attempts": .integer(status?.attempts ?? 0), "seconds": .number(status?.seconds ?? 0),
      "steps_per_second": status?.stepsPerSecond.map { .number($0) } ?? .null,
      "error": status?.error.map { .string($0.what) } ?? .null,
    ]
  }
}
