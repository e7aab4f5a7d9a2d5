import ExperimentKit
import Glibc
import Store
import Tensors
import TestSupport
import Testing

/// Independent phases that fail or diverge: the error is always the same, and nothing is lost.
@Suite struct IndependentPhaseFailureTests {
  private struct Interruption: Error {
    var stage = ""
  }

  /// The error of a run in which stages fail at steps.
  private func error(_ failing: [String: Int], threads: Int, folder: String?) throws -> String {
    var run = StagesRun(folder: folder, threads: threads)
    run.options.checkpointEverySteps = 3
    run.disturbance = { stage, step in
      if failing[stage] == step { throw Interruption(stage: stage) }
    }
    do {
      _ = try run.execute()
    } catch let error as Interruption {
      return error.stage
    }
    return "none"
  }

  @Test(arguments: [1, 2, 3, 8])
  func theErrorIsThatOfTheFirstPhaseThatHasOne(threads: Int) throws {
    let expected = try StagesRun.reference()
    for _ in 0..<5 {
      for (failing, first) in [
        (["stage-2": 13, "stage-3": 0, "stage-4": 0], "stage-2"),
        (["stage-0": 8, "stage-1": 0, "stage-2": 1], "stage-0"), (["stage-4": 5], "stage-4"),
        (["stage-1": 2, "stage-4": 6], "stage-1"),
      ] {
        try withTemporaryFolder { folder in
          let failed = try error(failing, threads: threads, folder: folder)
          #expect(failed == first)
          // The others and what the failed one had saved are not lost, and nothing is spoilt.
          let outcome = try StagesRun(folder: folder, threads: 2).execute()
          #expect(outcome == expected)
        }
      }
    }
  }

  @Test func aFailedPhaseKeepsItsLastCheckpointWhileOthersGoOn() throws {
    try withTemporaryFolder { folder in
      // Stage 1 fails at its last step; stage 0, which is before it, goes on and saves.
      let failed = Counter()
      var run = StagesRun(folder: folder, threads: 2)
      run.options.checkpointEverySteps = 2
      run.disturbance = { stage, step in
        if stage == "stage-1", step == 3 {
          failed.increment()
          throw Interruption()
        }
        var waits = 0
        while stage == "stage-0", step == 4, failed.value == 0, waits < 10_000 {
          usleep(1000)
          waits += 1
        }
      }
      #expect(throws: Interruption.self) { try run.execute() }
      let log = EventLog()
      _ = try StagesRun(folder: folder, events: log.add).execute()
      #expect(log.origins.prefix(2) == ["common:checkpoint", "stage-0:checkpoint"])
      let start = log.events.compactMap {
        if case .phaseStarted("stage-1", _, let step) = $0 { step } else { nil }
      }
      #expect(start.count == 1 && (2...3).contains(start[0]))
    }
  }

  @Test(arguments: [1, 2, 3])
  func aDivergenceStopsTheOthersAndIsThatOfTheFirstPhase(threads: Int) throws {
    try withTemporaryFolder { folder in
      var run = StagesRun(folder: folder, threads: threads)
      run.options.checkpointEverySteps = 1
      run.loss = { stage, step in
        (stage == "stage-2" && step == 10) || (stage == "stage-4" && step == 0) ? .nan : nil
      }
      do {
        _ = try run.execute()
        Issue.record("nothing has diverged")
      } catch let diverged as Diverged {
        #expect(diverged.phase == "stage-2")
        #expect(diverged.step == 10)
      }
    }
  }

  /// A state whose number is not finite from some step on, which its loss does not show.
  private final class Spoilt: Resumable {
    var number = 0.0
    func checkpoint() -> [String: StoredTensor] { ["n": .float64(.init([number], shape: [1]))] }
    func restore(_ tensors: [String: StoredTensor]) throws {
      number = tensors["n"]?.float64?.item ?? 0
    }
  }

  @Test func aStateThatTheCheckpointOfAnotherPhaseFindsSpoiltDivergesItsOwnPhase() throws {
    try withTemporaryFolder { folder in
      let (first, second) = (Spoilt(), Spoilt())
      let saved = Counter()
      let log = EventLog()
      let options = RunOptions(checkpointInterval: 1e9, checkpointEverySteps: 4)
      let context = try RunContext(
        seed: 0, folder: folder, threads: 2, options: options,
        events: {
          log.add($0)
          if case .checkpoint("first", _) = $0 { saved.increment() }
        })
      do {
        try context.loops([
          IndependentPhase("first", steps: 10, state: first) { _ in StepReport(loss: 0) },
          IndependentPhase("second", steps: 3, state: second) { step in
            second.number = .nan
            var waits = 0
            // Ends its last step only after the other phase was saved or has waited for it.
            while step == 2, saved.value == 0, waits < 200 {
              usleep(1000)
              waits += 1
            }
            return StepReport(loss: 0)
          },
        ])
        Issue.record("nothing has diverged")
      } catch let diverged as Diverged {
        #expect(diverged.phase == "second")
        #expect(diverged.tensor == "n")
      }
      #expect(log.origins == ["first:computed"])
    }
  }

  @Test func aPhaseThatIsNotInTheGroupIsRefused() throws {
    try withTemporaryFolder { folder in
      let questions = Counter()
      let run = StagesRun(folder: folder, shouldStop: { questions.increment() > 3 + 5 })
      #expect(try run.executeUnlessStopped() == nil)
      let context = try RunContext(seed: 5, folder: folder)
      #expect(throws: Failure.self) {
        try context.loops([
          IndependentPhase("other", steps: 3, state: Spoilt()) { _ in StepReport(loss: 0) }
        ])
      }
    }
  }
}
