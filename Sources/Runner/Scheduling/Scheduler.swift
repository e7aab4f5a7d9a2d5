import Foundation
import Store

/// Computes the runs of a plan with several worker processes.
///
/// One thread waits in `poll` for messages of the workers, signals and time. A run that fails does
/// not concern the others, unless fail-fast is wanted. One whose worker is killed from outside, for
/// want of memory perhaps, is taken up once more. SIGINT and SIGTERM let all workers save
/// their state; a second signal, or their patience running out, ends them at once. Results do not
/// depend on the number of workers: a run knows nothing of the others. When there are more workers
/// than runs, each run gets several threads for phases that do not depend on each other.
public final class Scheduler {
  private let options: SchedulerOptions
  private let output: OutputFolder
  private let reporter: any ProgressReporter
  private let start = MonotonicClock.seconds()
  private var queue: ArraySlice<PlannedRun>
  private let threadsPerRun: Int
  private var active: [ActiveRun?]
  private var result = ExecutionResult()
  private var snapshot: SweepSnapshot
  private var estimates: RemainingTime
  private var stopDeadline: Double?
  private var signalsSeen = 0

  /// Prepares the execution of a plan.
  public init(
    _ plan: Plan, output: OutputFolder, options: SchedulerOptions,
    reporter: any ProgressReporter
  ) {
    self.options = options
    self.output = output
    self.reporter = reporter
    queue = plan.executedRuns[...]
    threadsPerRun = max(1, options.workers / max(1, queue.count))
    active = Array(repeating: nil, count: options.workers)
    estimates = RemainingTime(plan)
    snapshot = SweepSnapshot(plan) { !$0.isExecuted }
  }

  /// Computes everything; returns when no worker is left.
  public func run() -> ExecutionResult {
    StopSignal.install()
    defer { reporter.end() }
    while true {
      noticeSignals()
      startWorkers()
      if active.allSatisfy({ $0 == nil }) { break }
      waitForEvents()
      for index in active.indices { readMessages(index) }
      enforceDeadline()
      updateSnapshot()
      estimateTime()
      reporter.tick(snapshot)
    }
    result.unstarted += queue.map(\.name)
    return result
  }

  private var isStopping: Bool { stopDeadline != nil }

  // MARK: - Starting

  private func startWorkers() {
    for index in active.indices where active[index] == nil && !isStopping {
      guard let run = queue.popFirst(), let assignment = run.assignment else { return }
      let folder = output.study(run.name.study).run(run.name)
      let specification = WorkerSpecification(
        identity: assignment.identity, seed: run.name.seed, runFolder: folder.path,
        cacheFolder: output.cache, dataFolder: options.dataFolder,
        checkpointInterval: assignment.checkpointInterval, threads: threadsPerRun,
        startsAnew: run.startsAnew)
      do {
        let process = try WorkerProcess(
          options.command, specification: specification.json.serialized())
        active[index] = ActiveRun(
          run: run, folder: folder, process: process, start: MonotonicClock.seconds())
        updateSnapshot()
        reporter.report(.started(run.name), snapshot)
      } catch {
        let failure = error as? Failure ?? Failure(.internalError, "\(error)")
        record(run.name, RunOutcome(.failed, error: failure))
      }
    }
  }

  // MARK: - Waiting

  private func waitForEvents() {
    var descriptors: [pollfd] = []
    func add(_ descriptor: Int32, _ events: Int32) {
      descriptors.append(pollfd(fd: descriptor, events: Int16(events), revents: 0))
    }
    if StopSignal.wakeDescriptor >= 0 { add(StopSignal.wakeDescriptor, POLLIN) }
    // Of a worker only its end, which is always told: waking up for each of its messages would cost
    // more than the messages themselves.
    for case let run? in active where !run.process.isOutputClosed { add(run.process.output, 0) }
    // Wakes up ten times a second for messages, the display and deadlines.
    _ = poll(&descriptors, nfds_t(descriptors.count), 100)
  }

  private func readMessages(_ index: Int) {
    guard let run = active[index] else { return }
    for line in run.process.readLines() {
      guard let message = WorkerMessage(line: line) else { continue }
      handle(message, of: run)
    }
    if run.process.isOutputClosed { finish(index) }
  }

  private func handle(_ message: WorkerMessage, of run: ActiveRun) {
    let name = run.run.name
    switch message {
    case .progress(let progress):
      run.progress.take(progress)
      run.isWaiting = false
      updateSnapshot()
      reporter.report(.progress(name, run.progress), snapshot)
    case .checkpoint(let phase, let step):
      reporter.report(.checkpoint(name, phase: phase, step: step), snapshot)
    case .waiting(let phase):
      run.isWaiting = true
      reporter.report(.waiting(name, phase: phase), snapshot)
    case .warning(let text): reporter.report(.warning(name, text), snapshot)
    case .finished(let outcome): run.outcome = outcome
    }
  }

  // MARK: - Ending

  private func finish(_ index: Int) {
    guard let run = active[index] else { return }
    let termination = run.process.wait()
    _ = run.process.readLines()
    active[index] = nil
    estimates.learn(run.run.name, run.progress)
    let outcome =
      run.outcome
      ?? CrashReport(
        run: run.run.name, folder: run.folder, termination: termination,
        errorLines: run.process.errorTail, fatalError: run.process.fatalError,
        seconds: MonotonicClock.seconds() - run.start,
        wasStopped: isStopping
      ).file()
    if run.outcome == nil, outcome.state == .interrupted, !isStopping, let error = outcome.error {
      // Killed from outside: the next one in the queue may need the memory more urgently.
      var again = run.run
      again.startsAnew = false
      queue.append(again)
      updateSnapshot()
      reporter.report(
        .warning(
          run.run.name,
          ([error.what] + [error.why, error.help].compactMap(\.self)).joined(separator: "\n")),
        snapshot)
      return
    }
    record(run.run.name, outcome)
  }

  private func record(_ name: RunName, _ outcome: RunOutcome) {
    result.outcomes[name] = outcome
    snapshot.count(outcome.state)
    updateSnapshot()
    reporter.report(.finished(name, outcome), snapshot)
    if options.isFailFast, [.failed, .diverged].contains(outcome.state), !isStopping {
      stop(signal: nil)
    }
  }

  // MARK: - Stopping

  private func noticeSignals() {
    guard let signal = StopSignal.current else { return }
    StopSignal.drain()
    let times = StopSignal.timesReceived
    defer { signalsSeen = times }
    if !isStopping || result.signal == nil {
      result.signal = signal
      stop(signal: signal)
    } else if times > signalsSeen {
      // The user is in a hurry.
      for case let run? in active { run.process.kill() }
    }
  }

  private func stop(signal: Int32?) {
    stopDeadline = stopDeadline ?? MonotonicClock.seconds() + options.patience
    reporter.report(.stopping(signal: signal), snapshot)
    for case let run? in active { run.process.requestStop() }
  }

  private func enforceDeadline() {
    guard let stopDeadline, MonotonicClock.seconds() > stopDeadline else { return }
    for case let run? in active { run.process.kill() }
  }

  // MARK: - Snapshot

  private func updateSnapshot() {
    let now = MonotonicClock.seconds()
    snapshot.elapsed = now - start
    snapshot.queued = queue.count
    snapshot.active = active.map { run in
      run.map {
        SweepSnapshot.Active(
          run: $0.run.name, progress: $0.progress, isWaiting: $0.isWaiting,
          seconds: now - $0.start, secondsLeft: estimates.secondsLeft(of: $0.run.name))
      }
    }
  }

  private func estimateTime() {
    estimates.update(
      at: snapshot.elapsed,
      active: active.compactMap { run in run.map { ($0.run.name, $0.progress) } },
      queue: queue, workers: options.workers)
    snapshot.secondsLeft = estimates.total
  }
}

/// A run and the process that computes it.
private final class ActiveRun {
  let run: PlannedRun
  let folder: RunFolder
  let process: WorkerProcess
  let start: Double
  var progress = RunProgress()
  var isWaiting = false
  var outcome: RunOutcome?

  init(run: PlannedRun, folder: RunFolder, process: WorkerProcess, start: Double) {
    self.run = run
    self.folder = folder
    self.process = process
    self.start = start
    progress.steps = run.assignment?.totalSteps ?? 0
  }
}
