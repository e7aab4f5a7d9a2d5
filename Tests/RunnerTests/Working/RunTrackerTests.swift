import Testing

@testable import ExperimentKit
@testable import Runner

@Suite struct RunTrackerTests {
  @Test func stepsOfAllPhasesAddUp() {
    var tracker = RunTracker(steps: 100)
    tracker.note(.phaseFinished(phase: "a", steps: 30, origin: .cache), at: 1)
    #expect(tracker.progress.step == 30)
    #expect(tracker.workedSteps == 0)
    tracker.note(.phaseStarted(phase: "b", steps: 40, from: 10), at: 2)
    #expect(tracker.progress.step == 40)
    #expect(tracker.progress.phaseStep == 10)
    #expect(tracker.progress.stepsPerSecond == nil)
    tracker.note(.checkpoint(phase: "b", step: 20), at: 4)
    #expect(tracker.progress.step == 50)
    #expect(tracker.workedSteps == 10)
    #expect(tracker.progress.stepsPerSecond == 5)
    tracker.note(.phaseFinished(phase: "b", steps: 40, origin: .computed), at: 6)
    #expect(tracker.progress.step == 70)
    #expect(tracker.workedSteps == 30)
    tracker.note(.phaseFinished(phase: "c", steps: 30, origin: .checkpoint), at: 6)
    #expect(tracker.progress.step == 100)
    #expect(tracker.workedSteps == 30)
  }

  @Test func severalPhasesAtATimeAddUpAndTheFirstIsShown() {
    func progress(_ phase: String, _ step: Int, loss: Double) -> RunEvent {
      .progress(
        RunEvent.Progress(
          phase: phase, step: step, steps: 20, completedSteps: 0, totalSteps: 100, loss: loss,
          gradientNorm: nil))
    }
    var tracker = RunTracker(steps: 100)
    tracker.note(.phaseStarted(phase: "a", steps: 20, from: 4), at: 0)
    tracker.note(.phaseStarted(phase: "b", steps: 20, from: 0), at: 0)
    #expect(tracker.progress.phase == "a")
    #expect(tracker.progress.step == 4)
    tracker.note(progress("a", 10, loss: 1), at: 2)
    tracker.note(progress("b", 4, loss: 2), at: 2)
    #expect(tracker.progress.phase == "a")
    #expect(tracker.progress.phaseStep == 10)
    #expect(tracker.progress.loss == 1)
    #expect(tracker.progress.step == 14)
    #expect(tracker.workedSteps == 10)
    #expect(tracker.progress.stepsPerSecond == 5)
    tracker.note(.checkpoint(phase: "b", step: 6), at: 3)
    #expect(tracker.progress.step == 16)
    tracker.note(.phaseFinished(phase: "a", steps: 20, origin: .computed), at: 4)
    #expect(tracker.progress.phase == "b")
    #expect(tracker.progress.phaseStep == 6)
    #expect(tracker.progress.loss == 2)
    #expect(tracker.progress.step == 26)
    #expect(tracker.workedSteps == 22)
    tracker.note(.phaseStarted(phase: "c", steps: 60, from: 0), at: 4)
    tracker.note(.phaseFinished(phase: "b", steps: 20, origin: .computed), at: 5)
    #expect(tracker.progress.phase == "c")
    #expect(tracker.progress.step == 40)
    #expect(tracker.workedSteps == 36)
  }

  @Test func checkpointsBetweenPhasesCountNothing() {
    var tracker = RunTracker(steps: 10)
    tracker.note(.phaseStarted(phase: "a", steps: 10, from: 0), at: 0)
    tracker.note(.checkpoint(phase: nil, step: 0), at: 1)
    tracker.note(.warning("w"), at: 1)
    #expect(tracker.progress.step == 0)
  }

  @Test func timeIsDividedAmongThePhasesUnderWay() {
    var tracker = RunTracker(steps: 100, stepSeconds: ["a": 7, "b": 5, "c": 3])
    // From a checkpoint: what it has taken before stays known.
    tracker.note(.phaseFinished(phase: "c", steps: 5, origin: .checkpoint), at: 1)
    // Begun anew: what it has taken before is lost.
    tracker.note(.phaseStarted(phase: "a", steps: 20, from: 0), at: 2)
    // Gone on with.
    tracker.note(.phaseStarted(phase: "b", steps: 20, from: 4), at: 4)
    tracker.note(.phaseFinished(phase: "a", steps: 20, origin: .computed), at: 10)
    tracker.note(.checkpoint(phase: "b", step: 9), at: 11)
    tracker.divide(until: 13)
    #expect(tracker.progress.stepSeconds == ["a": 2 + 3, "b": 5 + 3 + 3, "c": 3])
    #expect(tracker.progress.stepsDone == ["a": 20, "b": 9, "c": 5])
    tracker.note(.phaseFinished(phase: "b", steps: 20, origin: .computed), at: 13)
    // Between steps nobody's time passes.
    tracker.note(.log("x"), at: 20)
    tracker.note(.phaseStarted(phase: "d", steps: 1, from: 0), at: 20)
    tracker.note(.phaseFinished(phase: "d", steps: 1, origin: .computed), at: 24)
    #expect(tracker.progress.stepSeconds["b"] == 11)
    #expect(tracker.progress.stepSeconds["d"] == 4)
    #expect(tracker.progress.phase == "d")
    #expect(tracker.progress.stepsDone["d"] == 1)
  }

  @Test func whatTheCacheGivesHasTakenNoTime() {
    var tracker = RunTracker(steps: 100, stepSeconds: ["a": 7])
    tracker.note(.phaseFinished(phase: "a", steps: 5, origin: .cache), at: 1)
    #expect(tracker.progress.stepSeconds.isEmpty)
    #expect(tracker.progress.stepsDone == ["a": 5])
  }
}
