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
      remaining.note(names[0], progress(plan, done: 20, seconds: 10))
      remaining.note(names[1], progress(plan, done: 10, seconds: 5))
      remaining.update()
      #expect(remaining.secondsLeft(of: names[1]) == 5)
      #expect(remaining.secondsLeft(of: names[2]) == nil)
      let queue = plan.executedRuns[2...]
      #expect(remaining.secondsLeft(active: [names[1]], queue: queue, workers: 1) == 25)
      #expect(remaining.secondsLeft(active: [names[1]], queue: queue, workers: 8) == 10)
      #expect(remaining.secondsLeft(active: [], queue: [], workers: 2) == 0)
    }
  }

  @Test func whatIsNotKnownIsNotGuessed() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let plan = try Plan.make(walks.request(seeds: [0], only: "slow"))
      let stranger = RunName(study: "other", variant: "main", hash: "0123456789", seed: 0)
      #expect(
        RemainingTime(plan).secondsLeft(active: [stranger], queue: [], workers: 1) == nil)
    }
  }
}
