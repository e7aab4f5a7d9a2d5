import Foundation
import Store

/// Follows the tasks of a batch system until all runs have ended, and reports like the
/// ``Scheduler``.
///
/// Two sources tell how things stand: the queue of the system whether a task waits, runs or is gone,
/// and the `status.json` of a run how far it is and how it ended. What a run says of its own end
/// counts at once; a task that is gone without such a word has failed, and that is put on record
/// here.
///
/// The first SIGINT, and SIGTERM, stop the following only. A second SIGINT within some seconds
/// cancels what is followed.
final class BatchFollower {
  private let options: BatchFollowerOptions
  private let system: any BatchSystem
  private let output: OutputFolder
  private let reporter: any ProgressReporter
  private let start = MonotonicClock.seconds()
  private var runs: [FollowedRun]
  private var result = ExecutionResult()
  private var snapshot: SweepSnapshot
  private var estimates: RemainingTime
  private var pollInterval: Double
  private var nextPoll = 0.0
  private var nextLook = 0.0
  private var hindrances: Set<String> = []
  private var isQueueSilent = false
  private var signalsSeen = 0
  /// When the following ends although runs go on; set by the first signal.
  private var leaveTime: Double?
  /// When waiting for cancelled tasks ends.
  private var cancelDeadline: Double?

  /// Prepares to follow those runs of a plan that have tasks.
  init(
    _ plan: Plan, _ tasks: [RunName: BatchTask], system: any BatchSystem, output: OutputFolder,
    options: BatchFollowerOptions = BatchFollowerOptions(), reporter: any ProgressReporter
  ) {
    self.system = system
    self.output = output
    self.options = options
    self.reporter = reporter
    runs = plan.runs.compactMap { run in tasks[run.name].map { FollowedRun(run, $0) } }
    let followed = Set(runs.map(\.name))
    snapshot = SweepSnapshot(plan) { !followed.contains($0.name) && !$0.isExecuted }
    estimates = RemainingTime(plan)
    pollInterval = options.pollIntervals.lowerBound
  }

  /// Follows; returns when all runs have ended or the user wants no more.
  func run() -> ExecutionResult {
    StopSignal.install()
    defer { reporter.end() }
    while runs.contains(where: { !$0.isOver }) {
      noticeSignals()
      let now = MonotonicClock.seconds()
      if let leaveTime, now >= leaveTime { break }
      if let cancelDeadline, now >= cancelDeadline { break }
      if now >= nextPoll { askQueue() }
      if now >= nextLook { lookAtRuns() }
      updateSnapshot()
      estimateTime()
      reporter.tick(snapshot)
      wait()
    }
    // Everything had ended before the following did.
    if !isCancelling, runs.allSatisfy(\.isOver) { result.signal = nil }
    return result
  }

  private var isCancelling: Bool { cancelDeadline != nil }

  private func wait() {
    var descriptor = pollfd(
      fd: StopSignal.wakeDescriptor, events: Int16(POLLIN), revents: 0)
    _ = poll(&descriptor, StopSignal.wakeDescriptor >= 0 ? 1 : 0, 100)
  }

  // MARK: - The system's side

  /// Asks about all jobs, often while something happens and seldom while nothing does.
  private func askQueue() {
    var changed = false
    let jobs = Dictionary(grouping: runs.filter { !$0.isOver }, by: \.task.jobName)
    for runs in jobs.values {
      do {
        let states = try system.states(of: runs.map(\.task))
        for run in runs where run.take(states[run.name]) { changed = true }
        isQueueSilent = false
      } catch {
        // The folders of the runs still tell their story; the queue will answer again.
        if !isQueueSilent { reporter.message("warning: \(error)") }
        isQueueSilent = true
      }
    }
    noteHindrances()
    let intervals = options.pollIntervals
    pollInterval =
      changed || isCancelling
      ? intervals.lowerBound : min(intervals.upperBound, pollInterval * 1.5)
    nextPoll = MonotonicClock.seconds() + pollInterval
  }

  /// Says once why tasks wait when it is not for their turn.
  private func noteHindrances() {
    let found = Set(
      runs.filter { !$0.isOver }.compactMap(\.task.state).filter(\.isHindered).map(\.reason))
    for hindrance in found.subtracting(hindrances).sorted() {
      reporter.message("\(system.words.title) lets tasks wait: \(Failure.printable(hindrance))")
    }
    hindrances = found
  }

  // MARK: - The runs' side

  private func lookAtRuns() {
    for run in runs where !run.isOver && run.hasBegun { look(at: run) }
    // Reading a few hundred files on a network disk has its price.
    let count = Double(runs.count { !$0.isOver && $0.hasBegun })
    nextLook = MonotonicClock.seconds() + max(options.lookInterval, count * 0.01)
  }

  private func look(at run: FollowedRun) {
    let status = run.task.ownStatus()
    if !run.isReported, status != nil || run.task.state?.stand == .running {
      run.isReported = true
      run.start = MonotonicClock.seconds()
      updateSnapshot()
      reporter.report(.started(run.name), snapshot)
    }
    if let status { note(status, of: run) }
    guard !run.isOver, let goneSince = run.goneSince,
      MonotonicClock.seconds() - goneSince >= options.settleTime
    else { return }
    // Its last word would have arrived by now, also over a network.
    do {
      let end = BatchTaskEnd(run.task, words: system.words)
      if let outcome = try end.file() { self.end(run, outcome) }
    } catch {
      end(run, RunOutcome(.failed, error: error as? Failure ?? Failure(.internalError, "\(error)")))
    }
  }

  private func note(_ status: RunStatus, of run: FollowedRun) {
    switch status.state {
    case .complete, .failed, .diverged:
      end(run, RunOutcome(status.state, error: status.error, seconds: run.seconds(status)))
    case .running, .interrupted:
      guard run.advance(to: status) else { return }
      updateSnapshot()
      reporter.report(.progress(run.name, run.progress), snapshot)
    }
  }

  private func end(_ run: FollowedRun, _ outcome: RunOutcome) {
    run.isOver = true
    estimates.learn(run.name, run.progress)
    guard run.isReported || outcome.state != .interrupted else {
      // Cancelled before it began.
      result.unstarted.append(run.name)
      return
    }
    result.outcomes[run.name] = outcome
    snapshot.count(outcome.state)
    updateSnapshot()
    reporter.report(.finished(run.name, outcome), snapshot)
    if options.isFailFast, [.failed, .diverged].contains(outcome.state), !isCancelling {
      reporter.report(.stopping(signal: nil), snapshot)
      cancel()
    }
  }

  // MARK: - Stopping

  private func noticeSignals() {
    guard let signal = StopSignal.current else { return }
    StopSignal.drain()
    let times = StopSignal.timesReceived
    defer { signalsSeen = times }
    if result.signal == nil {
      result.signal = signal
      if isCancelling { return }
      let seconds = signal == SIGINT ? options.grace : 0
      leaveTime = MonotonicClock.seconds() + seconds
      reporter.report(
        .leaving(signal: signal, jobs: jobs, of: system.words, secondsToCancel: seconds),
        snapshot)
    } else if times > signalsSeen {
      if isCancelling {
        // In a hurry: the system ends the tasks anyway.
        cancelDeadline = 0
      } else {
        reporter.report(.stopping(signal: signal), snapshot)
        leaveTime = nil
        cancel()
      }
    }
  }

  private var jobs: [String] {
    var jobs: [String] = []
    for run in runs where !run.isOver {
      if !jobs.contains(run.task.job) { jobs.append(run.task.job) }
    }
    return jobs
  }

  /// Ends all tasks that are followed; whatever runs saves its state first.
  private func cancel() {
    cancelDeadline = MonotonicClock.seconds() + options.cancelPatience
    nextPoll = 0
    let open = runs.filter { !$0.isOver }
    open.forEach { $0.markCancelled() }
    do {
      try system.cancel(open.map(\.task), output: output)
    } catch {
      reporter.message("warning: the tasks could not be cancelled: \(error)")
    }
  }

  // MARK: - Snapshot

  private func updateSnapshot() {
    let now = MonotonicClock.seconds()
    snapshot.elapsed = now - start
    let open = runs.filter { !$0.isOver }
    snapshot.queued = open.count { !$0.isReported }
    snapshot.active = open.filter(\.isReported).map {
      SweepSnapshot.Active(
        run: $0.name, progress: $0.progress, isWaiting: false, seconds: now - $0.start,
        secondsLeft: estimates.secondsLeft(of: $0.name))
    }
  }

  private func estimateTime() {
    estimates.update(
      at: snapshot.elapsed,
      active: runs.filter { !$0.isOver && $0.isReported }.map { ($0.name, $0.progress) },
      queue: runs.filter { !$0.isOver && !$0.isReported }.map(\.run)[...],
      workers: max(1, snapshot.active.count))
    snapshot.secondsLeft = estimates.total
  }
}
