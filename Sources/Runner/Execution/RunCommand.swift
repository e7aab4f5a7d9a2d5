import ExperimentKit
import Store

/// What `modlab run` does when its options are understood: plans, computes, and rebuilds the tables.
public struct RunCommand {
  /// What has come of everything.
  public struct Outcome: Sendable {
    /// All runs.
    public let plan: Plan
    /// What has come of those that were computed.
    public let result: ExecutionResult
    /// The exit code, and the runs that are to blame.
    public let verdict: RunVerdict
  }

  private let request: PlanRequest
  private let execution: ExecutionRequest
  private let executors: Executors
  private let registry: KindRegistry
  private var sweep: Sweep
  /// The configurations that are computed first.
  public let manifests: [PlannedManifest]

  /// Prepares everything; nothing is written.
  ///
  /// - Parameters:
  ///   - request: what is computed.
  ///   - execution: how it is computed.
  ///   - executors: those that may be asked.
  ///   - registry: knows the tables.
  /// - Throws: ``Failure`` when a manifest, profile or override is wrong, or no executor can do what
  ///   is asked for.
  public init(
    _ request: PlanRequest, _ execution: ExecutionRequest, executors: Executors = .all,
    registry: KindRegistry
  ) throws {
    try executors.check(execution)
    self.request = request
    self.execution = execution
    self.executors = executors
    self.registry = registry
    sweep = try Sweep(request)
    manifests = try sweep.next()
  }

  /// Computes what is missing, batch by batch as the sweepers propose it, and rebuilds the tables.
  ///
  /// Of a batch, studies that read the tables of others begin when those others have ended.
  ///
  /// - Parameters:
  ///   - commandLine: for the record of the studies.
  ///   - environment: for the same; asked for when nothing else can keep the runs from beginning.
  /// - Throws: ``Failure`` when the runs cannot begin, or a table cannot be written.
  public func perform(
    commandLine: [String], environment: () -> EnvironmentRecord, display: any RunDisplay
  ) throws -> Outcome {
    // From here on files are written: a signal during the planning stops as cleanly as later.
    StopSignal.install()
    let locks = try StudyLocks(
      Set(execution.studies.map(\.name)), output: request.output, shard: request.shard)
    defer { locks.release() }
    var sweep = sweep
    var batch = manifests
    var waves = batch.waves
    var whole: Plan?
    var result = ExecutionResult()
    var ownsFolders = true
    while !waves.isEmpty {
      let wave = waves.removeFirst()
      let (executor, execution) = try executors.choose(execution)
      let plan = try Plan.make(request, manifests: batch).restricted(to: wave)
      try checkFiles(of: plan)
      // A worker killed after its run was complete has left its checkpoints: nobody else goes there.
      for run in plan.runs where run.reason == .done {
        request.output.study(run.name.study).run(run.name).removeCheckpoints()
      }
      let environment = environment()
      try StudyRecord.note(
        commandLine: commandLine, manifests: plan.manifests, environment: environment,
        output: request.output)
      let known = Set(whole?.runs.map(\.name) ?? [])
      whole = whole?.adding(plan) ?? plan
      try display.planned(plan.runs.filter { !known.contains($0.name) })
      display.begins(plan, headline: executor.headline(plan, execution), environment)
      locks.share()
      let part = try executor.compute(plan, execution, reporter: display.reporter())
      ownsFolders = try locks.takeBack()
      result.add(part)
      guard ownsFolders, !isStopped(part) else { break }
      guard waves.isEmpty else {
        // The next wave reads these.
        for study in wave {
          _ = try StudyTables.rebuild(request.output.study(study), registry: registry)
        }
        continue
      }
      do {
        batch = try sweep.next()
      } catch {
        // What has been computed by now is not to be missing from the tables.
        try summarize(whole, display)
        throw error
      }
      waves = batch.waves
    }
    if ownsFolders { try summarize(whole, display) }
    let plan = whole ?? Plan(manifests: [], runs: [], workers: request.workers)
    return Outcome(
      plan: plan, result: result, verdict: RunVerdict(plan, result, output: request.output))
  }

  /// Looks at the files of every configuration that is going to be computed, once for all that need the
  /// same.
  private func checkFiles(of plan: Plan) throws {
    guard let folder = request.dataFolder else { return }
    var seen: Set<JSONValue> = []
    for manifest in plan.manifests {
      for variant in manifest.variants {
        let run = plan.executedRuns.first {
          $0.name.study == manifest.manifest.study && $0.name.hash == variant.hash10
        }
        guard let run, let key = variant.prepared.filesKey, seen.insert(key).inserted else {
          continue
        }
        do {
          try variant.prepared.checkFiles(seed: run.name.seed, dataFolder: folder)
        } catch let failure as Failure {
          throw try manifest.manifest.located(failure, in: variant)
        }
      }
    }
  }

  /// Whether a signal or fail-fast has ended the computation.
  private func isStopped(_ result: ExecutionResult) -> Bool {
    result.signal != nil || !result.unstarted.isEmpty
      || execution.isFailFast
        && result.outcomes.values.contains { [.failed, .diverged].contains($0.state) }
  }

  /// Rebuilds and shows the tables of the studies of a plan.
  private func summarize(_ plan: Plan?, _ display: any RunDisplay) throws {
    let studies = Set(plan?.manifests.map(\.manifest.study) ?? [])
    for study in studies.sorted().map(request.output.study) {
      try display.summarized(study, StudyTables.rebuild(study, registry: registry))
    }
  }
}

/// Shows what `modlab run` does.
public protocol RunDisplay {
  /// Runs were planned.
  func planned(_ runs: [PlannedRun]) throws
  /// The runs of a plan are going to be computed.
  ///
  /// - Parameter headline: what the executor has to say about it.
  func begins(_ plan: Plan, headline: String?, _ environment: EnvironmentRecord)
  /// Shows the progress of a plan.
  func reporter() -> any ProgressReporter
  /// The tables of a study were rebuilt.
  func summarized(_ study: StudyFolder, _ report: Summarizer.Report) throws
}
