import ExperimentKit

/// How long the unfinished runs of a study still take, from what was measured of all its runs.
struct StudySpeeds {
  private var estimator = TimeEstimator { 0 }
  private var steps: [String: [RunStep]] = [:]

  /// Learns from the statuses of all runs, when some run is unfinished.
  init(_ reader: StudyReader) {
    let open = reader.runs.filter { $0.inspection.condition != .done }
    guard !open.isEmpty else { return }
    for run in reader.runs {
      guard let status = run.inspection.status, let steps = steps(of: run, reader) else { continue }
      estimator.learn(hash: run.name.hash, steps: steps, status: status)
    }
    for run in open { _ = steps(of: run, reader) }
  }

  /// Seconds of work that are left of a run; nil when unknown.
  func secondsLeft(_ run: StudyReader.Run) -> Double? {
    if run.inspection.condition == .done { return 0 }
    guard let steps = steps[run.name.hash] else { return nil }
    return estimator.estimate(
      hash: run.name.hash, steps: steps, done: run.inspection.status?.stepsDone ?? [:])?.seconds
  }

  private mutating func steps(of run: StudyReader.Run, _ reader: StudyReader) -> [RunStep]? {
    if let known = steps[run.name.hash] { return known }
    let found = reader.steps(of: run)
    steps[run.name.hash] = found
    return found
  }
}
