import ExperimentKit
import Foundation
import Runner
import Store

/// `modlab run`: computes what is missing of the runs that manifests describe.
enum RunVerb {
  static let verb = Verb(
    "run", "compute what 'modlab plan' shows; safe to rerun: resumes",
    discussion: """
      Every run (a configuration with a seed) is computed by a separate process, which saves its
      state regularly. After an interruption, the same command resumes where it stopped and gives
      the same results to the last bit. At the end all tables and summaries are rebuilt.

      With --executor slurm the runs are submitted as one array job and monitored. Ctrl-C then only
      detaches the command, and a second Ctrl-C within five seconds cancels the array. The same
      command attaches to an array that is still alive instead of submitting again. For other
      schedulers, start one command for each --shard in a folder that all machines share.
      """,
    operand: ManifestOptions.operand,
    options: [
      ManifestOptions.profile, ManifestOptions.seeds, ManifestOptions.workers,
      ManifestOptions.output, ManifestOptions.data, ManifestOptions.set, ManifestOptions.only,
      ManifestOptions.retry, ManifestOptions.shard,
      .flag("fail-fast", "stop all runs as soon as one fails or diverges"),
      .flag("dry-run", short: "n", "only show the plan"),
      Option(
        "heartbeat", .text(placeholder: "SECONDS", completion: .none), default: "60",
        "heartbeat interval when not on a terminal"),
      Option(
        "executor", .choice(["local", "slurm"]),
        default: "slurm while an array of the folder is alive, else local", "where workers run"),
      Option(
        "slurm",
        .text(
          placeholder: "OPTION=VALUE,…",
          completion: .words(["account=", "mem=", "partition=", "qos=", "time="])),
        isRepeatable: true, "options for sbatch: partition=short,time=2:00:00,mem=2G"),
    ],
    action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let console = invocation.console
    let request = try ManifestOptions.request(invocation)
    let job = try RunJob(invocation, request)
    let manifests = try request.expanded()
    console.message(
      RunMessages.seeds(manifests, typed: invocation.arguments.text("seeds")))
    if invocation.arguments.flag("dry-run") {
      let plan = try Plan.make(request, manifests: manifests)
      try PlanVerb.show(PlanVerb.notingArrays(plan, request, console), console)
      return .success
    }
    // From here on files are written: a signal during the planning stops as cleanly as later.
    StopSignal.install()
    let studies = Set(manifests.map(\.manifest.study))
    let locks = try StudyLocks(studies, output: request.output, shard: request.shard)
    defer { locks.release() }
    let folders = studies.sorted().map(request.output.study)
    let slurm = try SlurmRun(job, folders)
    let plan = try Plan.make(request, manifests: manifests)
    let record = EnvironmentRecord.ofWorkers(job.environment)
    try StudyRecord.note(
      commandLine: invocation.commandLine, manifests: manifests, environment: record,
      output: request.output)
    for run in plan.runs {
      try console.record(
        "modlab-event-1", PlanVerb.members(run).merging(["event": "plan"]) { $1 })
    }
    let result: Scheduler.Result
    var ownsFolders = true
    if let slurm {
      result = try slurm.perform(plan)
    } else {
      console.message(RunMessages.header(plan, record, request))
      locks.share()
      result = job.computeHere(plan)
      ownsFolders = try locks.takeBack()
    }
    if ownsFolders {
      try RunMessages.summarize(folders, registry: invocation.registry, console)
    }
    let verdict = RunVerdict(plan, result, output: request.output)
    RunMessages.conclude(plan, result, verdict, request, console)
    return verdict.exitCode
  }
}

/// What the options of `modlab run` ask for besides the plan.
struct RunJob {
  let request: PlanRequest
  let console: Console
  let environment = ProcessInfo.processInfo.environment
  let dataFolder: String
  let heartbeat: Double
  let isFailFast: Bool
  /// The executor that was asked for expressly.
  let executor: String?
  /// The number of workers that was asked for expressly.
  let workers: Int?
  /// The options for `sbatch`, nil when there are none.
  let slurmOptions: SlurmOptions?

  init(_ invocation: Invocation, _ request: PlanRequest) throws {
    let arguments = invocation.arguments
    self.request = request
    console = invocation.console
    heartbeat = try arguments.number("heartbeat", atLeast: 0.1) ?? 60
    dataFolder = ManifestOptions.dataFolder(arguments).path
    isFailFast = arguments.flag("fail-fast")
    executor = arguments.text("executor")
    workers = arguments.text("workers") == nil ? nil : request.workers
    let texts = arguments.texts("slurm")
    slurmOptions = texts.isEmpty ? nil : try SlurmOptions(texts)
    if slurmOptions != nil, executor != "slurm" {
      throw Failure(
        .usage, "--slurm needs --executor slurm", help: "give both, or leave --slurm out")
    }
    if request.shard != nil, executor == "slurm" {
      throw Failure(
        .usage, "--shard and --executor slurm exclude each other",
        why: "an array has a task for every run already", help: "leave --shard out")
    }
  }

  /// Computes the runs of a plan with workers of this process.
  func computeHere(_ plan: Plan) -> Scheduler.Result {
    Scheduler(
      plan, output: request.output,
      options: SchedulerOptions(
        workers: request.workers, isFailFast: isFailFast,
        command: .thisProgram(environment: environment), dataFolder: dataFolder),
      reporter: reporter()
    ).run()
  }

  /// Shows progress as the options and the terminal want it.
  func reporter() -> any ProgressReporter {
    let output = request.output
    let console = console
    let logFile = { (run: RunName) in output.study(run.study).run(run).logFile }
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
}
