/// Estimates how long the rest of a plan takes, better with every step that is done.
struct RemainingTime {
  private var estimators: [String: TimeEstimator]
  /// With what the runs of this command have told up to the last update.
  private var current: [String: TimeEstimator]
  /// Seconds that are left of the runs that are being computed, by the last update.
  private var ofActive: [RunName: Double] = [:]
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

  /// Keeps what a run has told that is not computed any more.
  mutating func finish(_ run: RunName) {
    guard let progress = progress.removeValue(forKey: run) else { return }
    learn(run, progress, &estimators)
  }

  /// Estimates anew from what the runs have told since.
  mutating func update() {
    current = estimators
    for (run, progress) in progress { learn(run, progress, &current) }
    ofActive = [:]
    for run in progress.keys { ofActive[run] = estimate(run) }
  }

  private func learn(
    _ run: RunName, _ progress: RunProgress, _ estimators: inout [String: TimeEstimator]
  ) {
    guard let steps = planned[run]?.assignment?.steps else { return }
    var status = RunStatus(.running)
    status.stepsDone = progress.stepsDone
    status.stepSeconds = progress.stepSeconds
    estimators[run.study]?.learn(hash: run.hash, steps: steps, status: status)
  }

  /// Seconds until a run that is being computed is done, by the last ``update()``; nil when that cannot be said.
  func secondsLeft(of name: RunName) -> Double? { ofActive[name] }

  private func estimate(_ name: RunName) -> Double? {
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
    // Runs of one configuration that have not begun take equally long.
    var whole: [String: Double] = [:]
    for name in active + queue.map(\.name) {
      let isNew = progress[name] == nil && planned[name]?.stepsDone.isEmpty == true
      let key = "\(name.study)/\(name.hash)"
      guard let seconds = (isNew ? whole[key] : nil) ?? estimate(name) else { return nil }
      if isNew { whole[key] = seconds }
      total += seconds
      longest = max(longest, seconds)
    }
    return max(longest, total / Double(max(1, min(workers, active.count + queue.count))))
  }
}
