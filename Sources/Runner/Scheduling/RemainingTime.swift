/// Estimates how long the rest of a plan takes, better with every step that is done.
struct RemainingTime {
  /// Seconds between two estimates: each looks at the whole queue.
  private static let interval = 0.5

  /// Knows what the runs that are over have taken.
  private var estimators: [String: TimeEstimator]
  private var planned: [RunName: PlannedRun] = [:]
  private var nextUpdate = 0.0
  private var ofActive: [RunName: Double] = [:]
  /// Seconds until all runs are done, nil when that cannot be said.
  private(set) var total: Double?

  init(_ plan: Plan) {
    estimators = plan.estimators
    for run in plan.executedRuns { planned[run.name] = run }
  }

  /// Seconds until a run that is being computed is done, nil when that cannot be said.
  func secondsLeft(of run: RunName) -> Double? { ofActive[run] }

  /// Learns from a run that is over.
  mutating func learn(_ run: RunName, _ progress: RunProgress) {
    learn(run, progress, &estimators)
  }

  /// Estimates anew, unless that has just been done.
  ///
  /// - Parameters:
  ///   - seconds: The time, from any origin that stays the same.
  ///   - active: The runs that are being computed, and how far they are.
  ///   - queue: Those that wait.
  ///   - workers: How many are computed at the same time.
  mutating func update(
    at seconds: Double, active: [(run: RunName, progress: RunProgress)],
    queue: ArraySlice<PlannedRun>, workers: Int
  ) {
    guard seconds >= nextUpdate else { return }
    nextUpdate = seconds + Self.interval
    var estimators = estimators
    for (run, progress) in active { learn(run, progress, &estimators) }
    func estimate(_ run: PlannedRun, done: [String: Int]) -> Double? {
      estimators[run.name.study]?.estimate(
        hash: run.name.hash, steps: run.assignment?.steps ?? [], done: done)?.seconds
    }
    let ofActive = active.map { run, progress in
      planned[run].flatMap { estimate($0, done: progress.stepsDone) }
    }
    self.ofActive = [:]
    for (active, seconds) in zip(active, ofActive) { self.ofActive[active.run] = seconds }
    // Runs of one configuration that have not begun take equally long.
    var ofNew: [String: Double] = [:]
    let ofWaiting = queue.map { run -> Double? in
      guard run.stepsDone.isEmpty else { return estimate(run, done: run.stepsDone) }
      let configuration = "\(run.name.study)/\(run.name.hash)"
      let seconds = ofNew[configuration] ?? estimate(run, done: [:])
      ofNew[configuration] = seconds
      return seconds
    }
    total = TimeEstimate.secondsTogether(ofActive + ofWaiting, workers: workers)
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
}
