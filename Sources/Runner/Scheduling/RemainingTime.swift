/// Estimates how long the rest of a plan takes, better with every step that is done.
struct RemainingTime {
  private let estimators: [String: TimeEstimator]
  /// With what the runs of this command have told up to the last update.
  private var current: [String: TimeEstimator]
  private var planned: [RunName: PlannedRun] = [:]
  /// How far the runs of this command are, the complete ones included.
  private var progress: [RunName: RunProgress] = [:]

  init(_ plan: Plan) {
    estimators = plan.estimators
    current = plan.estimators
    for run in plan.executedRuns { planned[run.name] = run }
  }

  /// Takes note of what a run has told.
  mutating func note(_ run: RunName, _ progress: RunProgress) { self.progress[run] = progress }

  /// Estimates anew from what the runs have told since.
  mutating func update() {
    current = estimators
    for (name, progress) in progress {
      guard let steps = planned[name]?.assignment?.steps else { continue }
      var status = RunStatus(.running)
      status.stepsDone = progress.stepsDone
      status.stepSeconds = progress.stepSeconds
      current[name.study]?.learn(hash: name.hash, steps: steps, status: status)
    }
  }

  /// Seconds until a run is done, by the last ``update()``; nil when that cannot be said.
  func secondsLeft(of name: RunName) -> Double? {
    guard let run = planned[name], let steps = run.assignment?.steps else { return nil }
    return current[name.study]?.estimate(
      hash: name.hash, steps: steps, done: progress[name]?.stepsDone ?? run.stepsDone)?.seconds
  }

  /// Seconds until all runs are done, by the last ``update()``; nil when that cannot be said.
  ///
  /// - Parameters:
  ///   - active: The runs that are being computed.
  ///   - queue: Those that wait.
  ///   - workers: How many are computed at the same time.
  func secondsLeft(active: [RunName], queue: ArraySlice<PlannedRun>, workers: Int) -> Double? {
    var total = 0.0
    var longest = 0.0
    for name in active + queue.map(\.name) {
      guard let seconds = secondsLeft(of: name) else { return nil }
      total += seconds
      longest = max(longest, seconds)
    }
    return max(longest, total / Double(max(1, min(workers, active.count + queue.count))))
  }
}
