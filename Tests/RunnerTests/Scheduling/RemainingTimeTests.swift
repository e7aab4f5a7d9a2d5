import ExperimentKit
import TestSupport
import Testing

@testable import Runner

@Suite struct RemainingTimeTests {
  private func progress(_ plan: Plan, done: Int, seconds: Double) -> RunProgress {
    var progress = RunProgress()
    progress.stepsDone = ["walk": done]
    progress.stepSeconds = ["walk": seconds]
    return progress
  }

  @Test func theGuessRestsOnWhatTheRunsTell() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let plan = try Plan.make(walks.request(seeds: [0, 1, 2, 3], only: "slow"))
      let names = plan.runs.map(\.name)
      var remaining = RemainingTime(plan)
      // One is complete, one is half way: a step takes half a second.
      remaining.learn(names[0], progress(plan, done: 20, seconds: 10))
      let active = [(run: names[1], progress: progress(plan, done: 10, seconds: 5))]
      let queue = plan.executedRuns[2...]
      remaining.update(at: 0, active: active, queue: queue, workers: 1)
      #expect(remaining.secondsLeft(of: names[1]) == 5)
      #expect(remaining.secondsLeft(of: names[2]) == nil)
      #expect(remaining.total == 25)
      // Not again so soon.
      remaining.update(at: 0.25, active: active, queue: queue, workers: 8)
      #expect(remaining.total == 25)
      remaining.update(at: 1, active: active, queue: queue, workers: 8)
      #expect(remaining.total == 10)
      remaining.update(at: 2, active: [], queue: [], workers: 2)
      #expect(remaining.total == 0)
    }
  }

  @Test func whatIsNotKnownIsNotGuessed() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let plan = try Plan.make(walks.request(seeds: [0], only: "slow"))
      let stranger = RunName(study: "other", variant: "main", hash: "0123456789", seed: 0)
      var remaining = RemainingTime(plan)
      remaining.update(at: 0, active: [(stranger, RunProgress())], queue: [], workers: 1)
      #expect(remaining.total == nil)
    }
  }
}
