import ExperimentKit
import Foundation
import Runner
import Store

/// `modlab run`: computes what is missing of the runs that manifests describe.
enum RunVerb {
  static let verb = Verb(
    "run", "compute what 'modlab plan' shows; running again resumes",
    discussion: """
      Every run (variant and seed) is computed by a process of its own and saved from time to time.
      An interruption loses nothing: the same command goes on where it stopped, with the same
      results to the last bit. Afterwards all tables and summaries are rebuilt.
      """,
    operand: ManifestOptions.operand,
    options: [
      ManifestOptions.profile, ManifestOptions.seeds, ManifestOptions.workers,
      ManifestOptions.output, ManifestOptions.data, ManifestOptions.set, ManifestOptions.only,
      ManifestOptions.retry,
      .flag("fail-fast", "stop all runs as soon as one fails or diverges"),
      .flag("dry-run", short: "n", "only show the plan"),
      Option(
        "heartbeat", .text(placeholder: "SECONDS", completion: .none), default: "60",
        "time between signs of life where there is no terminal"),
      Option("executor", .choice(["local"]), default: "local", "where workers run"),
    ],
    action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let console = invocation.console
    let environment = ProcessInfo.processInfo.environment
    let request = try ManifestOptions.request(invocation)
    let heartbeat = try invocation.arguments.number("heartbeat", atLeast: 0.1) ?? 60
    let manifests = try request.expanded()
    if invocation.arguments.flag("dry-run") {
      try PlanVerb.show(Plan.make(request, manifests: manifests), console)
      return .success
    }
    let experiments = Set(manifests.map { $0.manifest.experiment.name })
    let locks = try ExperimentLocks(experiments, output: request.output)
    defer { locks.release() }
    let plan = try Plan.make(request, manifests: manifests)
    let record = EnvironmentRecord.ofWorkers(environment)
    try SweepRecord.note(
      commandLine: invocation.commandLine, manifests: manifests, environment: record,
      output: request.output)
    console.message(header(plan, record, request))
    for run in plan.runs {
      try console.record(
        "modlab-event-1", PlanVerb.members(run).merging(["event": "plan"]) { $1 })
    }
    let scheduler = Scheduler(
      plan, output: request.output,
      options: SchedulerOptions(
        workers: request.workers, isFailFast: invocation.arguments.flag("fail-fast"),
        command: .thisProgram(environment: environment),
        dataFolder: ManifestOptions.dataFolder(invocation.arguments, environment)),
      reporter: reporter(console, environment, request.output, heartbeat: heartbeat))
    let result = scheduler.run()
    let folders = experiments.sorted().map(request.output.experiment)
    try summarize(folders, console)
    let verdict = RunVerdict(plan, result, output: request.output)
    conclude(plan, result, verdict, request, console)
    return verdict.exitCode
  }

  // MARK: - Messages

  private static func header(
    _ plan: Plan, _ environment: EnvironmentRecord, _ request: PlanRequest
  ) -> String {
    let executed = plan.executedRuns.count
    let done = plan.runs.filter { $0.reason == .done }.count
    let stale = plan.runs.filter { $0.reason == .stale }.count
    var text = "\(executed) runs to compute, \(done) done"
    if stale > 0 { text += ", \(stale) stale" }
    text += "; \(min(request.workers, max(1, executed))) workers, BLAS kernels "
    text += "\(environment.blasCore), elementwise kernels \(environment.kernelLevel)"
    return text
  }

  private static func reporter(
    _ console: Console, _ environment: [String: String], _ output: OutputFolder,
    heartbeat: Double
  ) -> any ProgressReporter {
    let logFile = { (run: RunName) in output.experiment(run.experiment).run(run).logFile }
    let write = { (text: String) in try? StandardStream.error.write(text) }
    let style = ProgressStyle.fitting(environment, isQuiet: console.verbosity == .quiet)
    let display: any ProgressReporter =
      style == .terminal
      ? TerminalReporter(logFile: logFile, isColored: console.isErrorColored) { write($0) }
      : LineReporter(heartbeat: heartbeat, isQuiet: style == .quiet, logFile: logFile) { write($0) }
    guard console.isJSON else { return display }
    let events = JSONReporter { try? console.record("modlab-event-1", $0) }
    return CombinedReporter([display, events])
  }

  /// Rebuilds the tables and says where they are.
  private static func summarize(_ folders: [ExperimentFolder], _ console: Console) throws {
    for folder in folders {
      let report = try Summarizer(folder).write()
      for warning in report.warnings { console.warning(warning) }
      try console.result(
        "\(folder.name): \(report.complete) of \(report.total) runs complete, tables in "
          + "\(folder.path)\n")
      try console.record(
        "modlab-event-1",
        [
          "event": "summary", "experiment": .string(folder.name),
          "complete": .integer(report.complete), "total": .integer(report.total),
          "files": .array(report.files.map { .string($0) }),
        ])
    }
  }

  private static func conclude(
    _ plan: Plan, _ result: Scheduler.Result, _ verdict: RunVerdict, _ request: PlanRequest,
    _ console: Console
  ) {
    let interrupted = verdict.problems.filter { $0.state == "interrupted" && $0.error == nil }
    for problem in verdict.problems where !interrupted.contains(problem) {
      let log = request.output.experiment(problem.name.experiment).run(problem.name).logFile
      console.report(
        problem.error.map { error in
          var failure = error
          let state = error.what.hasPrefix("\(problem.state) ") ? "" : " \(problem.state)"
          failure.what = "\(problem.name)\(state): \(error.what)"
          failure.why = [error.why, "log: \(log)"].compactMap(\.self).joined(separator: "\n")
          return failure
        } ?? Failure(.runFailed, "\(problem.name) \(problem.state)", why: "log: \(log)"))
    }
    if !interrupted.isEmpty || !result.unstarted.isEmpty {
      console.message(
        "stopped: \(interrupted.count) runs saved, \(result.unstarted.count) not started; "
          + "the same command goes on")
    }
    if plan.runs.contains(where: { !$0.isExecuted && [.failed, .diverged].contains($0.reason) }) {
      console.message("runs that had failed or diverged before are tried again with --retry")
    }
  }
}
