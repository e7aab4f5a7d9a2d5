/// The learning rate as a function of the step.
///
/// rate(i) = base · decay^(milestones ≤ i) · min(1, (i + 1) / warmUpSteps)
public struct LearningRateSchedule: Sendable, Hashable {
  /// The rate after warm-up and before decay.
  public var base: Double
  /// Steps from which on the rate is multiplied by one more ``decay``.
  public var milestones: [Int]
  /// Factor applied at every milestone.
  public var decay: Double
  /// Length of the linear warm-up; 0 for none.
  public var warmUpSteps: Int

  /// A schedule; constant unless milestones or a warm-up are given.
  public init(base: Double, milestones: [Int] = [], decay: Double = 0.1, warmUpSteps: Int = 0) {
    self.base = base
    self.milestones = milestones
    self.decay = decay
    self.warmUpSteps = warmUpSteps
  }

  /// The same rate at every step.
  public static func constant(_ rate: Double) -> LearningRateSchedule {
    LearningRateSchedule(base: rate)
  }

  /// A rate that is multiplied by `factor` at every milestone.
  public static func stepDecay(
    _ rate: Double, at milestones: [Int], factor: Double = 0.1
  ) -> LearningRateSchedule {
    LearningRateSchedule(base: rate, milestones: milestones, decay: factor)
  }

  /// A rate that grows linearly, rate · (i + 1) / n during the first n steps.
  public static func linearWarmUp(_ rate: Double, steps: Int) -> LearningRateSchedule {
    LearningRateSchedule(base: rate, warmUpSteps: steps)
  }

  /// The rate of a step, counted from 0.
  public func rate(at step: Int) -> Double {
    var rate = base
    for milestone in milestones where step >= milestone { rate *= decay }
    if step < warmUpSteps { rate *= Double(step + 1) / Double(warmUpSteps) }
    return rate
  }
}
