import Runner
import Store

/// `modlab status`: how far all runs are.
enum StatusVerb {
  static let verb = Verb(
    "status", "show progress of all runs, also while another process computes them",
    discussion: """
      Reads the folders of the runs, and asks Slurm about recorded arrays. Nothing is written. Steps
      per second are those of one run; the time left assumes the workers that are running now, or
      one worker if there is none.
      """,
    examples: [
      Example("modlab status", "show all studies in results/"),
      Example("watch -n 10 modlab status results/addmul-fnn", "follow one study"),
    ],
    operand: ManifestOptions.folderOperand, action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let console = invocation.console
    let executors = invocation.executors
    for (index, folder) in try ManifestOptions.studies(invocation.arguments).enumerated() {
      let report = StatusReport(
        try StudyReader(folder, registry: invocation.registry),
        work: executors.work([folder], output: folder.output))
      if index > 0 { try console.result("\n") }
      for group in report.groups {
        for run in group.runs {
          try console.record("modlab-run-state-1", members(run, executors))
        }
      }
      try show(report, console)
      for work in report.work {
        guard let silence = work.silence else { continue }
        console.warning(
          "\(work.words.title) has been given runs of this folder, but cannot be asked: \(silence)")
      }
    }
    return .success
  }

  /// The states that always have a column; `pending` gets one when there are such runs.
  private static let states = [
    "complete", "running", "pending", "interrupted", "failed", "diverged", "new",
  ]

  private static func show(_ report: StatusReport, _ console: Console) throws {
    var title = Style.bold.paint(report.study, console.isOutputColored)
    for owner in report.owners { title += "  (\(owner) works here)" }
    let states = states.filter { $0 != "pending" || report.count($0) > 0 }
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
    try console.result("\n\(totals(report))\n")
  }

  private static func totals(_ report: StatusReport) -> String {
    var lines = report.work.flatMap { work in
      work.descriptions.map { "\(work.words.title) \($0)" }
    }
    let unit = report.runningCount > 0 ? "left" : "of work left for one worker"
    var total =
      report.secondsLeft.map {
        $0 > 0 ? "\(DurationText.about($0)) \(unit)" : "nothing left to compute"
      } ?? "time left unknown"
    if report.superseded > 0 {
      total += "; \(report.superseded) superseded \(RunMessages.runs(report.superseded))"
      total += " (kept; 'modlab gc --superseded' lists them)"
    }
    lines.append(total)
    return lines.joined(separator: "\n")
  }

  private static func runs(_ runs: [StatusReport.Run]) -> TextTable {
    let hasTasks = runs.contains { $0.task != nil }
    var table = TextTable(
      [
        ("run", .left), ("state", .left), ("step", .right), ("phase", .left), ("steps/s", .right),
        ("left", .right), ("attempts", .right),
      ] + (hasTasks ? [("task", .right)] : []) + [("error", .left)])
    for run in runs {
      let status = run.inspection.status
      var cells = [
        "\(run.name.configurationName)/\(run.name.seedName)", run.state, "\(run.step)/\(run.steps)",
      ]
      cells.append(status?.phase ?? "")
      cells.append(status?.stepsPerSecond.map(rate) ?? "")
      cells.append(run.secondsLeft.map(DurationText.of) ?? "")
      cells.append(status.map { String($0.attempts) } ?? "")
      if hasTasks { cells.append(run.task?.label ?? "") }
      table.add(cells + [run.error?.what ?? ""])
    }
    return table
  }

  private static func left(_ group: StatusReport.Group) -> String {
    guard let seconds = group.secondsLeft else { return "?" }
    return seconds > 0 ? DurationText.of(seconds) : ""
  }

  private static func rate(_ stepsPerSecond: Double) -> String {
    CSVNumber.format((stepsPerSecond * 10).rounded() / 10)
  }

  private static func members(
    _ run: StatusReport.Run, _ executors: Executors
  ) -> [String: JSONValue] {
    let status = run.inspection.status
    var members: [String: JSONValue] = [
      "study": .string(run.name.study), "variant": .string(run.name.variant),
      "hash": .string(run.name.hash), "seed": .integer(run.name.seed),
      "profile": .string(run.label.profile), "state": .string(run.state),
      "step": .integer(run.step),
      "steps": .integer(run.steps), "phase": status?.phase.map { .string($0) } ?? .null,
      "attempts": .integer(status?.attempts ?? 0), "seconds": .number(status?.seconds ?? 0),
      "steps_per_second": status?.stepsPerSecond.map { .number($0) } ?? .null,
      "seconds_left": run.secondsLeft.map { .number($0) } ?? .null,
      "error": run.error.map { .string($0.what) } ?? .null,
    ]
    for system in executors.batchSystems {
      let task = run.executor == system.name ? run.task : nil
      members["\(system.name)_task"] = task.map { .string($0.label) } ?? .null
    }
    return members
  }
}
