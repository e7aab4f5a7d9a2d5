import NeuralNetworks
import TestSupport
import Testing

@Suite struct LearningRateScheduleTests {
  @Test func `constant`() {
    let schedule = LearningRateSchedule.constant(0.01)
    #expect([0, 1, 1_000_000].map(schedule.rate) == [0.01, 0.01, 0.01])
  }

  @Test func `step decay at its milestones`() {
    let schedule = LearningRateSchedule.stepDecay(0.1, at: [32_000, 48_000])
    #expect(schedule.rate(at: 0) == 0.1)
    #expect(schedule.rate(at: 31_999) == 0.1)
    expectClose(schedule.rate(at: 32_000), 0.01, relative: 1e-15)
    expectClose(schedule.rate(at: 47_999), 0.01, relative: 1e-15)
    expectClose(schedule.rate(at: 48_000), 0.001, relative: 1e-15)
  }

  @Test func `linear warm-up`() {
    let schedule = LearningRateSchedule.linearWarmUp(0.4, steps: 4)
    #expect([0, 1, 2, 3, 4, 5].map(schedule.rate) == [0.1, 0.2, 0.4 * 0.75, 0.4, 0.4, 0.4])
  }

  @Test func `warm-up and decay together`() {
    let schedule = LearningRateSchedule(base: 8, milestones: [1, 3], decay: 0.5, warmUpSteps: 2)
    #expect([0, 1, 2, 3].map(schedule.rate) == [4, 4, 4, 2])
  }
}
