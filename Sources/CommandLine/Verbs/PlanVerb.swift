import Foundation
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
    operand: ManifestOptions.operand,
    options: [
      ManifestOptions.profile, ManifestOptions.seeds, ManifestOptions.set, ManifestOptions.only,
      ManifestOptions.output, ManifestOptions.workers, ManifestOptions.retry,
      ManifestOptions.shard,
    ],
    action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let request = try ManifestOptions.request(invocation)
    let manifests = try request.expanded()
    invocation.console.message(
      RunMessages.seeds(manifests, typed: invocation.arguments.text("seeds")))
    let plan = try Plan.make(request, manifests: manifests)
    try show(notingArrays(plan, request, invocation.console), invocation.console)
    return .success
  }

  /// Adds remarks on what Slurm has already, as far as it can be asked.
  static func notingArrays(_ plan: Plan, _ request: PlanRequest, _ console: Console) -> Plan {
    let folders = Set(plan.manifests.map(\.manifest.study)).sorted()
      .map(request.output.study).filter { Folder.exists($0.slurmFile) }
    guard !folders.isEmpty else { return plan }
    do {
      let client = SlurmClient(environment: ProcessInfo.processInfo.environment)
      return plan.noting(try SlurmSurvey(folders, output: request.output, client: client))
    } catch {
      console.warning("Slurm has been given runs of this plan, but cannot be asked: \(error)")
      return plan
    }
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
