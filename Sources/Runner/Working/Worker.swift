import ExperimentKit
import Store
import Tensors

/// Computes one run in this process: prepares its folder, executes the experiment, and writes
/// results and status.
///
/// The status becomes complete only after all results are on the disk, with their digests.
public final class Worker {
  private let specification: WorkerSpecification
  private let folder: RunFolder
  private let kind: any Kind
  private let prepared: any PreparedRun
  private var context: RunContext?
  private let send: (WorkerMessage) -> Void
  private let shouldStop: () -> Bool
  private let environment: [String: String]
  private let build: BuildRecord
  private let start = MonotonicClock.seconds()
  private var status = RunStatus(.running)
  private var tracker: RunTracker
  /// What the parent knows.
  private var told = RunProgress()
  private var log: RunLog?
  private var previousSeconds = 0.0
  private var previousSteps = 0
  /// Independent phases that are computed at the same time.
  private var threads: Int
  private var lastStatusWrite = -Double.infinity
  /// How often `status.json` is brought up to date between checkpoints, in seconds.
  private static let statusInterval = 5.0
  /// How long a worker waits for one that a killed parent has left behind, in seconds.
  private static let lockPatience = 60.0

  /// Prepares a worker.
  ///
  /// - Throws: ``Failure`` when the experiment is unknown or does not accept the configuration.
  public init(
    _ specification: WorkerSpecification, registry: KindRegistry,
    environment: [String: String] = [:], build: BuildRecord = BuildRecord(),
    shouldStop: @escaping () -> Bool = { false },
    send: @escaping (WorkerMessage) -> Void
  ) throws {
    self.specification = specification
    self.environment = environment
    self.build = build
    self.shouldStop = shouldStop
    self.send = send
    threads = specification.threads
    folder = RunFolder(path: specification.runFolder)
    let identity = specification.identity
    kind = try registry.find(identity.kind, exitCode: .internalError)
    prepared = try kind.prepare(json: identity.configuration)
    tracker = RunTracker(steps: prepared.totalSteps)
  }

  /// Computes the run; never throws, since every error belongs into the status.
  public func run() -> RunOutcome {
    let outcome = runLocked()
    // Last of all: whoever hears of the end finds nothing half done, and who does not hear of it
    // resumes the run.
    send(.finished(outcome))
    return outcome
  }

  private func runLocked() -> RunOutcome {
    do {
      threads = try LinearAlgebra.load(threads: threads)
      guard let lock = try prepare() else {
        return end(RunOutcome(.interrupted), writesStatus: false)
      }
      defer { lock.release() }
      let outcome = end(compute(), writesStatus: true)
      // The results were read back for their digests.
      if outcome.state == .complete { folder.removeCheckpoints() }
      return outcome
    } catch {
      return end(RunOutcome(.failed, error: Self.failure(error)), writesStatus: false)
    }
  }

  // MARK: - Before

  /// - Returns: the lock of the run, nil when asked to stop before it was free.
  private func prepare() throws -> FileLock? {
    try Folder.create(at: folder.metrics)
    try Folder.create(at: specification.cacheFolder)
    guard let lock = try takeLock() else { return nil }
    for path in [folder.path, folder.metrics, specification.cacheFolder] {
      try AtomicFile.removeStaleTemporaries(in: path)
    }
    try FileLock.removeStale(in: specification.cacheFolder)
    if specification.startsAnew {
      for path in folder.checkpointFiles where Folder.exists(path) {
        do {
          try AtomicFile.operations.remove(path)
        } catch {
          throw Failure(.inputOutput, "cannot remove \(path)", why: "\(error)")
        }
      }
    }
    let damage = readPreviousStatus()
    let config = specification.identity.json.serialized(pretty: true)
    try AtomicFile.write(config, to: folder.configFile)
    let log = try RunLog(folder.logFile)
    self.log = log
    try log.write(
      "modlab \(ModlabVersion.text) attempt \(status.attempts): BLAS kernels \(BLAS.coreName), "
        + "elementwise kernels \(KernelLevel.active.rawValue), "
        + "\(threads) thread\(threads == 1 ? "" : "s") on \(Machine.name)")
    if BLAS.recommendedCore != nil {
      warn("OpenBLAS uses its slow kernels \(BLAS.coreName); unset OPENBLAS_CORETYPE")
    }
    if let damage {
      warn(
        "\(damage)\nattempts and times are counted from now on; the run resumes from its checkpoint"
      )
    }
    try writeStatus()
    return lock
  }

  private func takeLock() throws -> FileLock? {
    if let lock = try FileLock.tryAcquire(folder.lockFile) { return lock }
    // Most probably the worker of a parent that was killed: it stops at its next step.
    send(.warning("waiting for another process that uses \(folder.path)"))
    let deadline = start + Self.lockPatience
    let lock = try FileLock.wait(folder.lockFile) {
      shouldStop() || MonotonicClock.seconds() > deadline
    }
    if lock == nil, !shouldStop() { return try FileLock.acquire(folder.lockFile) }
    return lock
  }

  /// Takes over what attempts before this one have counted.
  ///
  /// - Returns: what is wrong with the status that they have left.
  private func readPreviousStatus() -> String? {
    var damage: String?
    if Folder.exists(folder.statusFile) {
      do {
        take(try RunStatus.read(folder.statusFile))
      } catch {
        let failure = Self.failure(error)
        damage = "\(folder.statusFile) cannot be used: \(failure.why ?? failure.what)"
      }
    }
    status.attempts += 1
    status.host = Machine.name
    status.blasCore = BLAS.coreName
    status.kernelLevel = KernelLevel.active.rawValue
    status.threads = threads
    status.environment = EnvironmentRecord.ofThisProcess(build, environment: environment).json
    return damage
  }

  private func take(_ previous: RunStatus) {
    status.attempts = previous.attempts
    // Who asks to try a failed run once more starts counting anew.
    status.kills = previous.state == .failed ? 0 : previous.kills
    previousSeconds = previous.seconds
    previousSteps = previous.workedSteps
    guard !specification.startsAnew else { return }
    status.step = previous.step
    status.notes = previous.notes
    tracker = RunTracker(steps: tracker.progress.steps, stepSeconds: previous.stepSeconds)
  }

  // MARK: - The run itself

  private func compute() -> RunOutcome {
    do {
      var options = RunOptions(checkpointInterval: specification.checkpointInterval)
      options.apply(environment: environment)
      let identity = specification.identity
      let context = try RunContext(
        seed: specification.seed, identity: identity, kind: kind,
        dataFolder: specification.dataFolder,
        folder: folder.path, cacheFolder: specification.cacheFolder,
        resultsFolder: folder.output.root,
        environment: EnvironmentRecord.numeric, totalSteps: tracker.progress.steps,
        threads: threads, options: options, events: note, shouldStop: shouldStop)
      self.context = context
      try prepared.run(context)
      status.notes = context.notes
      status.digests = try ResultFiles.write(context, of: kind, to: folder)
      return RunOutcome(.complete)
    } catch let cancelled as Cancelled {
      try? log?.write("\(cancelled)")
      return RunOutcome(.interrupted)
    } catch let diverged as Diverged {
      return RunOutcome(
        .diverged,
        error: Failure(
          .runFailed, "\(diverged)",
          help: "lower the learning rate or the clipping threshold of the configuration"))
    } catch {
      return RunOutcome(.failed, error: Self.failure(error))
    }
  }

  // MARK: - Events

  private func note(_ event: RunEvent) {
    tracker.note(event, at: seconds)
    switch event {
    case .phaseStarted(let phase, let steps, let from):
      let start = from > 0 ? "resumes at step \(from) of " : ""
      logLine("phase \(phase): \(start)\(Self.count(steps))")
      sendProgress()
      // Whoever looks is told what is under way, not what was.
      try? writeStatus()
    case .progress:
      sendProgress()
    case .phaseFinished(let phase, let steps, let origin):
      logLine("phase \(phase): finished, \(Self.count(steps)), \(origin.rawValue)")
      sendProgress()
    case .checkpoint(let phase, let step):
      send(.checkpoint(phase: phase, step: step))
      try? writeStatus()
    case .waiting(let phase):
      logLine("phase \(phase): waiting for another run that computes it")
      send(.waiting(phase: phase))
    case .warning(let text): warn(text)
    case .log(let text): logLine(text)
    }
    if seconds - lastStatusWrite > Self.statusInterval { try? writeStatus() }
  }

  private static func count(_ steps: Int) -> String { "\(steps) step\(steps == 1 ? "" : "s")" }

  /// Tells how far the run is; of the steps only those that have changed since the last time.
  private func sendProgress() {
    let progress = tracker.progress
    send(.progress(progress.changes(since: told)))
    told = progress
  }

  private func warn(_ text: String) {
    logLine("warning: \(text)")
    send(.warning(text))
  }

  /// A log that cannot be written is no reason to lose the run.
  private func logLine(_ text: String) { try? log?.write(text) }

  // MARK: - Status

  private var seconds: Double { MonotonicClock.seconds() - start }

  private func writeStatus() throws {
    lastStatusWrite = seconds
    if !tracker.progress.phase.isEmpty {
      status.phase = tracker.progress.phase
      status.step = tracker.progress.step
    }
    tracker.divide(until: lastStatusWrite)
    status.steps = tracker.progress.steps
    status.stepsDone = tracker.progress.stepsDone
    status.stepSeconds = tracker.progress.stepSeconds.mapValues { ($0 * 1000).rounded() / 1000 }
    if let context { status.data = context.dataFiles }
    status.seconds = ((previousSeconds + seconds) * 1000).rounded() / 1000
    status.workedSteps = previousSteps + tracker.workedSteps
    status.peakMebibytes = max(status.peakMebibytes, Machine.peakMebibytes)
    status.updated = Timestamp.now()
    try status.write(to: folder.statusFile)
  }

  /// Writes the final status.
  private func end(_ outcome: RunOutcome, writesStatus: Bool) -> RunOutcome {
    var outcome = outcome
    outcome.seconds = seconds
    logLine(
      outcome.state.rawValue + " after \(DurationText.of(seconds))"
        + (outcome.error.map { ": \($0)" } ?? ""))
    status.state = outcome.state
    status.error = outcome.error
    if outcome.state != .complete {
      status.digests = [:]
      status.logTail = outcome.state == .interrupted ? [] : log?.tail ?? []
    }
    if writesStatus {
      do {
        try writeStatus()
      } catch {
        // Without its status the run is not complete, whatever else was written.
        outcome.state = outcome.state == .complete ? .failed : outcome.state
        outcome.error = outcome.error ?? Self.failure(error)
      }
    }
    return outcome
  }

  private static func failure(_ error: any Error) -> Failure {
    error as? Failure ?? Failure(.internalError, "\(error)")
  }
}
