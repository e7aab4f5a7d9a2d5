import Runner
import Store

/// `modlab plan`: what `modlab run` would do, and why.
enum PlanVerb {
  static let verb = Verb(
    "plan", "list every run, whether and why it is computed, and how long it takes",
    discussion: """
      Expands and validates the manifests and looks at what is already there. Nothing is written.
      Reasons: new, resume at step N, done, diverged, failed (both retried with --retry), and
      superseded (no manifest asks for it any more; kept).
      """,
    examples: [
      Example(
        "modlab plan experiments/masks/addmul-fnn.yaml --profile paper",
        "see how long the published setting would take"),
      Example(
        "modlab plan experiments/masks/*.yaml -v",
        "see all runs of all manifests, and what the estimates rest on"),
    ],
    operand: ManifestOptions.operand,
    options: [
      ManifestOptions.profile, ManifestOptions.seeds, ManifestOptions.set, ManifestOptions.only,
      ManifestOptions.output, ManifestOptions.data, ManifestOptions.workers,
      ManifestOptions.retry, ManifestOptions.shard,
    ],
    action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    var request = try ManifestOptions.request(invocation)
    request.dataFolder = ManifestOptions.dataFolder(invocation.arguments).path
    let manifests = try request.expanded()
    invocation.console.message(
      RunMessages.seeds(manifests, typed: invocation.arguments.text("seeds")))
    let plan = try Plan.make(request, manifests: manifests)
    try show(notingWork(plan, request, invocation), invocation.console)
    return .success
  }

  /// Adds remarks on what batch systems have already, as far as they can be asked.
  static func notingWork(_ plan: Plan, _ request: PlanRequest, _ invocation: Invocation) -> Plan {
    let studies = Set(plan.manifests.map(\.manifest.study)).sorted().map(request.output.study)
    let work = invocation.executors.work(studies, output: request.output)
    for work in work {
      guard let silence = work.silence else { continue }
      invocation.console.warning(
        "\(work.words.title) has been given runs of this plan, but cannot be asked: \(silence)")
    }
    return plan.noting(work)
  }

  /// Writes a plan as a table with a line of totals, or as records.
  static func show(_ plan: Plan, _ console: Console) throws {
    for run in plan.runs { try console.record("modlab-plan-1", members(run)) }
    var table = TextTable([
      ("run", .left), ("profile", .left), ("seed", .right), ("reason", .left), ("time", .right),
      ("remark", .left),
    ])
    for run in plan.runs {
      table.add([
        label(run), run.assignment?.identity.profile ?? "", String(run.name.seed), run.reason.word,
        estimate(run), remark(run),
      ])
    }
    try console.result(
      table.rendered { row, column, text in
        guard column == 3 else { return text }
        return style(plan.runs[row].reason)?.paint(text, console.isOutputColored) ?? text
      })
    try console.result("\n" + totals(plan) + "\n")
    for run in plan.executedRuns {
      let basis = run.estimate.map { ", time estimated from \($0.basis.rawValue)" } ?? ""
      console.detail("\(run.name): \(run.assignment?.totalSteps ?? 0) steps\(basis)")
    }
  }

  private static func label(_ run: PlannedRun) -> String {
    let axes = run.assignment?.identity.axes.map { " \($0.key)=\($0.value)" }.joined() ?? ""
    return "\(run.name.study)/\(run.name.configurationName)\(axes)"
  }

  private static func estimate(_ run: PlannedRun) -> String {
    guard run.isExecuted else { return "" }
    return run.estimate.map { DurationText.about($0.seconds).replacing("about ", with: "~") } ?? "?"
  }

  private static func remark(_ run: PlannedRun) -> String {
    var parts: [String] = []
    if let remark = run.remark { parts.append(remark) }
    switch run.reason {
    case .failed, .diverged:
      parts.append(run.isExecuted ? "will be retried" : "retried only with --retry")
    default: break
    }
    return parts.joined(separator: "; ")
  }

  private static func style(_ reason: PlanReason) -> Style? {
    switch reason {
    case .done: .green
    case .failed, .diverged: .red
    case .superseded: .yellow
    case .new, .resume: nil
    }
  }

  private static func totals(_ plan: Plan) -> String {
    let executed = plan.executedRuns.count
    guard executed > 0 else { return "nothing to compute" }
    let time = plan.secondsLeft.map(DurationText.about) ?? "an unknown time"
    let workers = min(plan.workers, executed)
    let basis = Set(plan.executedRuns.compactMap { $0.estimate?.basis.rawValue }).sorted()
    return "\(executed) of \(plan.runs.count) runs to compute: \(time) with \(workers) "
      + "worker\(workers == 1 ? "" : "s")"
      + (basis.isEmpty ? "" : " (estimated from: \(basis.joined(separator: ", ")))")
  }

  /// A planned run for programs.
  static func members(_ run: PlannedRun) -> [String: JSONValue] {
    var members: [String: JSONValue] = [
      "study": .string(run.name.study), "variant": .string(run.name.variant),
      "hash": .string(run.name.hash), "seed": .integer(run.name.seed),
      "reason": .string(run.reason.key), "executed": .bool(run.isExecuted),
      "attempts": .integer(run.attempts),
      "profile": run.assignment.map { .string($0.identity.profile) } ?? .null,
      "total_steps": run.assignment.map { .integer($0.totalSteps) } ?? .null,
      "remark": run.remark.map { .string($0) } ?? .null,
      "estimated_seconds": run.estimate.map { .number($0.seconds) } ?? .null,
    ]
    if case .resume(let step) = run.reason { members["step"] = .integer(step) }
    members["axes"] = .object(
      Dictionary(
        uniqueKeysWithValues: (run.assignment?.identity.axes ?? []).map {
          ($0.key, JSONValue.string($0.value))
        }))
    return members
  }
}
