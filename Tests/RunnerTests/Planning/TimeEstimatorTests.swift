import Testing

@testable import Runner

@Suite struct TimeEstimatorTests {
  private func status(seconds: Double, steps: Int) -> RunStatus {
    var status = RunStatus(.complete)
    status.seconds = seconds
    status.workedSteps = steps
    return status
  }

  @Test func theBestBasisWins() throws {
    var estimator = TimeEstimator { 1e6 }
    func estimate(_ hash: String, own: RunStatus? = nil) -> TimeEstimate? {
      estimator.estimate(hash: hash, steps: 100, own: own, operationsPerStep: 1e5)
    }
    #expect(estimate("a") == TimeEstimate(seconds: 10, basis: .operations))
    #expect(
      estimate("a", own: status(seconds: 10, steps: 20))
        == TimeEstimate(seconds: 50, basis: .ownSpeed))
    // 2 seconds per 10 steps of 5e4 operations: twice that for steps of 1e5 operations.
    estimator.learn(hash: "b", status: status(seconds: 2, steps: 10), operationsPerStep: 5e4)
    #expect(estimate("a") == TimeEstimate(seconds: 40, basis: .otherConfigurations))
    #expect(estimate("b") == TimeEstimate(seconds: 20, basis: .sameConfiguration))
    // An unfinished sibling says more than other configurations, and less than a complete one.
    for hash in ["a", "b"] {
      estimator.learn(unfinished: hash, status: status(seconds: 30, steps: 100))
    }
    #expect(estimate("a") == TimeEstimate(seconds: 30, basis: .unfinished))
    #expect(estimate("b") == TimeEstimate(seconds: 20, basis: .sameConfiguration))
    #expect(
      estimate("a", own: status(seconds: 10, steps: 20))
        == TimeEstimate(seconds: 50, basis: .ownSpeed))
  }

  @Test func withoutOperationsAndPastNothingIsSaid() {
    let estimator = TimeEstimator { 1e6 }
    #expect(estimator.estimate(hash: "a", steps: 1, own: nil, operationsPerStep: 0) == nil)
  }
}
