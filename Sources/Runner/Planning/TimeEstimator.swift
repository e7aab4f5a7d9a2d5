import ExperimentKit
import Store

/// Guesses how long the steps of runs take, from what was measured of these or of similar steps.
///
/// A step takes as long as the same step of the same configuration did; where that was never
/// measured, its floating-point operations take as long as those of the same kind of work, in the
/// same configuration if possible, and those of any work where this kind was never measured.
struct TimeEstimator: Sendable {
  /// Seconds and what was done in them.
  fileprivate struct Measured {
    var seconds = 0.0
    var parts = 0.0
    var operations = 0.0

    /// The speed, nil where operations are unknown.
    var operationsPerSecond: Double? { operations > 0 ? operations / seconds : nil }
  }

  private struct StepKey: Hashable {
    let hash: String
    let step: String
  }

  private struct WorkKey: Hashable {
    let hash: String
    let work: RunStep.Work
  }

  private var bySteps: [StepKey: Measured] = [:]
  private var byWork: [WorkKey: Measured] = [:]
  private var overall: [RunStep.Work: Measured] = [:]
  private let peak: @Sendable () -> Double
  /// The part of the processor's peak that small networks usually reach.
  private static let typicalEfficiency = 0.25

  /// Creates an estimator.
  ///
  /// - Parameter peak: floating-point operations per second that this processor can do, asked only
  ///   when nothing better is known.
  init(peak: @escaping @Sendable () -> Double) { self.peak = peak }

  /// Learns from the status of a run, complete or not.
  mutating func learn(hash: String, steps: [RunStep], status: RunStatus) {
    if status.stepSeconds.isEmpty {
      learnTotal(hash: hash, steps: steps, status: status)
      return
    }
    for step in steps {
      guard let seconds = status.stepSeconds[step.name], seconds > 0,
        let parts = status.stepsDone[step.name], parts > 0
      else { continue }
      add(hash: hash, step, seconds: seconds, parts: Double(parts))
    }
  }

  /// Earlier versions of the program measured only the time of the whole run.
  private mutating func learnTotal(hash: String, steps: [RunStep], status: RunStatus) {
    let operations = steps.reduce(0) { $0 + Double($1.count) * $1.operations }
    guard status.state == .complete, status.seconds > 0, operations > 0 else { return }
    for step in steps where step.operations > 0 {
      let parts = Double(step.count)
      add(
        hash: hash, step, seconds: status.seconds * parts * step.operations / operations,
        parts: parts)
    }
  }

  private mutating func add(hash: String, _ step: RunStep, seconds: Double, parts: Double) {
    let new = Measured(seconds: seconds, parts: parts, operations: parts * step.operations)
    bySteps[StepKey(hash: hash, step: step.name), default: Measured()] += new
    byWork[WorkKey(hash: hash, work: step.work), default: Measured()] += new
    overall[step.work, default: Measured()] += new
  }

  /// Guesses the seconds of the steps of a run that are not done.
  ///
  /// - Returns: nil when nothing is known about one of them.
  func estimate(hash: String, steps: [RunStep], done: [String: Int] = [:]) -> TimeEstimate? {
    var total = 0.0
    var longest = (seconds: -1.0, basis: TimeEstimate.Basis.sameConfiguration)
    for step in steps {
      let parts = Double(max(0, step.count - (done[step.name] ?? 0)))
      guard parts > 0 else { continue }
      guard let (seconds, basis) = secondsPerPart(hash: hash, step) else { return nil }
      total += parts * seconds
      if parts * seconds > longest.seconds { longest = (parts * seconds, basis) }
    }
    return TimeEstimate(seconds: total, basis: longest.basis)
  }

  private func secondsPerPart(
    hash: String, _ step: RunStep
  ) -> (seconds: Double, basis: TimeEstimate.Basis)? {
    if let found = bySteps[StepKey(hash: hash, step: step.name)] {
      return (found.seconds / found.parts, .sameConfiguration)
    }
    guard step.operations > 0 else { return nil }
    if let speed = byWork[WorkKey(hash: hash, work: step.work)]?.operationsPerSecond {
      return (step.operations / speed, .sameConfiguration)
    }
    if let speed = overall[step.work]?.operationsPerSecond {
      return (step.operations / speed, .otherConfigurations)
    }
    let ofAnyWork = overall.values.reduce(into: Measured()) { $0 += $1 }.operationsPerSecond
    let speed = ofAnyWork ?? peak() * Self.typicalEfficiency
    return speed > 0 ? (step.operations / speed, .operations) : nil
  }
}

extension TimeEstimator.Measured {
  fileprivate static func += (a: inout Self, b: Self) {
    a.seconds += b.seconds
    a.parts += b.parts
    a.operations += b.operations
  }
}
