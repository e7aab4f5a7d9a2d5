import ExperimentKit
import Testing

@testable import Runner

@Suite struct TimeEstimatorTests {
  private let steps = [
    RunStep("pretrain", .training, count: 100, operations: 1e5),
    RunStep("masks-a", .masks, count: 50, operations: 4e5),
    RunStep("masks-b", .masks, count: 50, operations: 4e5),
    RunStep("evaluate-a", .evaluation, count: 1, operations: 1e6),
  ]

  private func status(
    _ done: [String: Int], _ seconds: [String: Double], _ state: RunStatus.State = .running
  ) -> RunStatus {
    var status = RunStatus(state)
    status.stepsDone = done
    status.stepSeconds = seconds
    return status
  }

  @Test func theSameStepOfTheSameConfigurationSaysMost() throws {
    var estimator = TimeEstimator { 1e9 }
    estimator.learn(
      hash: "a", steps: steps,
      status: status(["pretrain": 100, "masks-a": 25], ["pretrain": 10, "masks-a": 5]))
    // 50 steps of masks-b at .2 s, as those of masks-a; the rest of masks-a.
    let left = [steps[1], steps[2]]
    #expect(
      estimator.estimate(hash: "a", steps: left, done: ["masks-a": 25])
        == TimeEstimate(seconds: 15, basis: .sameConfiguration))
    #expect(
      estimator.estimate(hash: "a", steps: [steps[0]], done: ["pretrain": 40])
        == TimeEstimate(seconds: 6, basis: .sameConfiguration))
  }

  @Test func otherConfigurationsCountByOperationsOfTheSameKindOfWork() throws {
    var estimator = TimeEstimator { 1e9 }
    estimator.learn(
      hash: "a", steps: steps,
      status: status(["pretrain": 100, "masks-a": 50], ["pretrain": 1, "masks-a": 100]))
    let big = [
      RunStep("pretrain", .training, count: 100, operations: 2e5),
      RunStep("masks-x", .masks, count: 50, operations: 8e5),
    ]
    let estimate = try #require(estimator.estimate(hash: "b", steps: big))
    #expect(abs(estimate.seconds - (2 + 200)) < 1e-9)
    #expect(estimate.basis == .otherConfigurations)
  }

  /// `modlab status` asks no processor, which may be another one than that of the runs.
  @Test func workThatWasNeverMeasuredIsAsFastAsOtherWork() throws {
    var estimator = TimeEstimator { 0 }
    estimator.learn(
      hash: "a", steps: steps,
      status: status(["pretrain": 100, "masks-a": 25], ["pretrain": 1, "masks-a": 4]))
    // 2e7 operations in 5 s.
    let estimate = try #require(estimator.estimate(hash: "a", steps: [steps[3]]))
    #expect(abs(estimate.seconds - 0.25) < 1e-9)
    #expect(estimate.basis == .operations)
  }

  @Test func withoutMeasurementsTheProcessorIsAsked() throws {
    let estimator = TimeEstimator { 1e9 }
    let estimate = try #require(estimator.estimate(hash: "a", steps: [steps[0]]))
    #expect(estimate.basis == .operations)
    #expect(estimate.seconds > 100 * 1e5 / 1e9)
    #expect(TimeEstimator { 0 }.estimate(hash: "a", steps: steps) == nil)
    let unknown = [RunStep("x", .training, count: 1, operations: 0)]
    #expect(estimator.estimate(hash: "a", steps: unknown) == nil)
    #expect(estimator.estimate(hash: "a", steps: unknown, done: ["x": 1])?.seconds == 0)
  }

  /// Earlier versions of the program measured whole runs only.
  @Test func aTotalIsDividedByOperations() throws {
    var estimator = TimeEstimator { 1e9 }
    var old = RunStatus(.complete)
    // 1e7 + 2 · 2e7 + 1e6 operations.
    old.seconds = 51
    estimator.learn(hash: "a", steps: steps, status: old)
    let estimate = try #require(estimator.estimate(hash: "a", steps: [steps[1]]))
    #expect(abs(estimate.seconds - 20) < 1e-9)
  }

  @Test func whatCameFromTheCacheTookNoTimeAndTeachesNothing() {
    var estimator = TimeEstimator { 0 }
    estimator.learn(hash: "a", steps: steps, status: status(["pretrain": 100], [:]))
    #expect(estimator.estimate(hash: "a", steps: [steps[0]]) == nil)
  }
}
