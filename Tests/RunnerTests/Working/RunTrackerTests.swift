import ExperimentKit
import Testing

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
    #expect(tracker.progress.secondsLeft == 10)
    tracker.note(.phaseFinished(phase: "b", steps: 40, origin: .computed), at: 6)
    #expect(tracker.progress.step == 70)
    #expect(tracker.workedSteps == 30)
    tracker.note(.phaseFinished(phase: "c", steps: 30, origin: .checkpoint), at: 6)
    #expect(tracker.progress.step == 100)
    #expect(tracker.workedSteps == 30)
  }

  @Test func checkpointsBetweenPhasesCountNothing() {
    var tracker = RunTracker(steps: 10)
    tracker.note(.phaseStarted(phase: "a", steps: 10, from: 0), at: 0)
    tracker.note(.checkpoint(phase: nil, step: 0), at: 1)
    tracker.note(.warning("w"), at: 1)
    #expect(tracker.progress.step == 0)
  }
}
