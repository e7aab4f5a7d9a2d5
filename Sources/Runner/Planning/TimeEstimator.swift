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
  private var overall = Speed()
  private let operationsPerSecond: () -> Double

  /// Creates an estimator.
  ///
  /// - Parameter operationsPerSecond: speed of this processor, asked only when nothing better is
  ///   known.
  init(operationsPerSecond: @escaping () -> Double) {
    self.operationsPerSecond = operationsPerSecond
  }

  /// Learns from a run.
  mutating func learn(hash: String, status: RunStatus, operationsPerStep: Double) {
    guard status.seconds > 0, status.workedSteps > 0 else { return }
    let operations = Double(status.workedSteps) * operationsPerStep
    byConfiguration[hash, default: Speed()].add(status, operations)
    overall.add(status, operations)
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
    guard operationsPerStep > 0 else { return nil }
    if overall.operations > 0 {
      return estimate(
        steps * operationsPerStep * overall.seconds / overall.operations, .otherConfigurations)
    }
    let speed = operationsPerSecond()
    return speed > 0 ? estimate(steps * operationsPerStep / speed, .operations) : nil
  }
}
