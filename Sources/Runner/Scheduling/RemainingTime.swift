/// Estimates how long the rest of a plan takes, better with every run that is complete.
struct RemainingTime {
  /// Seconds of complete runs of this command, by hash of the configuration.
  private var seen: [String: (seconds: Double, count: Int)] = [:]
  private var planned: [RunName: Double] = [:]

  init(_ plan: Plan) {
    for run in plan.executedRuns { planned[run.name] = run.estimate?.seconds }
  }

  /// Learns from a run that was computed in whole.
  mutating func learn(_ run: PlannedRun, seconds: Double) {
    guard run.reason == .new else { return }
    let old = seen[run.name.hash] ?? (0, 0)
    seen[run.name.hash] = (old.seconds + seconds, old.count + 1)
  }

  /// Seconds until all runs are done, nil when that cannot be said.
  func secondsLeft(
    active: [SweepSnapshot.Active], queue: ArraySlice<PlannedRun>, workers: Int
  ) -> Double? {
    var total = 0.0
    var longest = 0.0
    for run in active {
      let guess =
        mean(run.run.hash).map { max(0, $0 - run.seconds) } ?? run.progress.secondsLeft
        ?? planned[run.run].map { max(0, $0 - run.seconds) }
      guard let guess else { return nil }
      total += guess
      longest = max(longest, guess)
    }
    for run in queue {
      // A run in progress tells about waiting ones of the same configuration.
      let siblings = active.filter { $0.run.hash == run.name.hash }
      let whole = siblings.compactMap { active in
        active.progress.secondsLeft.map { $0 + active.seconds }
      }
      let guess = mean(run.name.hash) ?? whole.first ?? planned[run.name]
      guard let guess else { return nil }
      total += guess
      longest = max(longest, guess)
    }
    return max(longest, total / Double(max(1, min(workers, active.count + queue.count))))
  }

  private func mean(_ hash: String) -> Double? {
    seen[hash].map { $0.seconds / Double($0.count) }
  }
}
