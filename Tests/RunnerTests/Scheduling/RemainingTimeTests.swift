import ExperimentKit
import TestSupport
import Testing

@testable import Runner

@Suite struct RemainingTimeTests {
  @Test func theGuessImprovesWithCompleteRuns() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let plan = try Plan.make(walks.request(seeds: [0, 1, 2, 3], only: "slow"))
      var remaining = RemainingTime(plan)
      let planned = try #require(plan.runs[0].estimate?.seconds)
      let queue = plan.executedRuns[...]
      let first = try #require(remaining.secondsLeft(active: [], queue: queue, workers: 2))
      #expect(abs(first - 2 * planned) <= 1e-9 * planned)
      remaining.learn(plan.runs[0], seconds: 10)
      remaining.learn(plan.runs[1], seconds: 20)
      #expect(remaining.secondsLeft(active: [], queue: queue.dropFirst(2), workers: 1) == 30)
      #expect(remaining.secondsLeft(active: [], queue: queue.dropFirst(2), workers: 8) == 15)
      let active = SweepSnapshot.Active(
        run: plan.runs[2].name, progress: RunProgress(), isWaiting: false, seconds: 5)
      #expect(remaining.secondsLeft(active: [active], queue: [], workers: 1) == 10)
    }
  }

  @Test func aRunInProgressTellsAboutThoseThatWait() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let plan = try Plan.make(walks.request(seeds: [0, 1], only: "slow"))
      var progress = RunProgress()
      progress.step = 10
      progress.steps = 20
      progress.stepsPerSecond = 2
      let active = SweepSnapshot.Active(
        run: plan.runs[0].name, progress: progress, isWaiting: false, seconds: 6)
      let left = RemainingTime(plan).secondsLeft(
        active: [active], queue: plan.executedRuns.dropFirst(), workers: 1)
      // 5 seconds for the rest of this one, 5 + 6 for the next.
      #expect(left == 16)
    }
  }
}
