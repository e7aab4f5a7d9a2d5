import ExperimentKit
import Store

/// Guesses how long runs take, from past runs of the same folder or from their operations.
struct TimeEstimator {
  private struct Speed {
    var seconds = 0.0
    var steps = 0
    var operations = 0.0

    mutating func add(_ status: RunStatus, _ operations: Double) {
      seconds += status.seconds
      steps += status.workedSteps
      self.operations += operations
    }
  }

  /// Speed of complete runs, by hash of the configuration.
  private var byConfiguration: [String: Speed] = [:]
  /// Speed of unfinished runs, by hash of the configuration.
  private var unfinished: [String: Speed] = [:]
  private var overall = Speed()
  private let operationsPerSecond: () -> Double

  /// Creates an estimator.
  ///
  /// - Parameter operationsPerSecond: speed of this processor, asked only when nothing better is
  ///   known.
  init(operationsPerSecond: @escaping () -> Double) {
    self.operationsPerSecond = operationsPerSecond
  }

  /// Learns from a complete run.
  mutating func learn(hash: String, status: RunStatus, operationsPerStep: Double) {
    guard status.seconds > 0, status.workedSteps > 0 else { return }
    let operations = Double(status.workedSteps) * operationsPerStep
    byConfiguration[hash, default: Speed()].add(status, operations)
    overall.add(status, operations)
  }

  /// Learns from a run that is not complete: its later phases may be slower or faster.
  mutating func learn(unfinished hash: String, status: RunStatus) {
    guard status.seconds > 0, status.workedSteps > 0 else { return }
    unfinished[hash, default: Speed()].add(status, 0)
  }

  /// Guesses the seconds of a number of steps.
  func estimate(
    hash: String, steps: Int, own status: RunStatus?, operationsPerStep: Double
  ) -> TimeEstimate? {
    func estimate(_ seconds: Double, _ basis: TimeEstimate.Basis) -> TimeEstimate {
      TimeEstimate(seconds: seconds, basis: basis)
    }
    let steps = Double(max(0, steps))
    if let speed = byConfiguration[hash], speed.steps > 0 {
      return estimate(steps * speed.seconds / Double(speed.steps), .sameConfiguration)
    }
    if let rate = status?.stepsPerSecond { return estimate(steps / rate, .ownSpeed) }
    if let speed = unfinished[hash], speed.steps > 0 {
      return estimate(steps * speed.seconds / Double(speed.steps), .unfinished)
    }
    guard operationsPerStep > 0 else { return nil }
    if overall.operations > 0 {
      return estimate(
        steps * operationsPerStep * overall.seconds / overall.operations, .otherConfigurations)
    }
    let speed = operationsPerSecond()
    return speed > 0 ? estimate(steps * operationsPerStep / speed, .operations) : nil
  }
}
