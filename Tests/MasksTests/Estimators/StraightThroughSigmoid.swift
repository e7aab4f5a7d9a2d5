import Foundation
import Masks

/// m = [σ(c l) > ½] without noise, with the slope of σ(c l) straight through the threshold; c grows by
/// one every `steps` steps. The penalty is σ(l).
///
/// It differs from the product's estimator in everything that an estimator says: no noise, a penalty
/// that is not linear, a change with the step.
struct StraightThroughSigmoid: MaskEstimator {
  /// c.
  private(set) var sharpness = 1.0
  let steps: Int

  init(steps: Int = 2) { self.steps = steps }

  private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  func sample(logit: Double, word: UInt32) -> GateSample {
    let soft = sigmoid(sharpness * logit)
    return GateSample(
      value: isKept(logit: logit) ? 1 : 0, relaxed: soft, slope: sharpness * soft * (1 - soft))
  }

  func penalty(logit: Double) -> Double { sigmoid(logit) }

  func penaltyGradient(logit: Double) -> Double { sigmoid(logit) * (1 - sigmoid(logit)) }

  func keepProbability(logit: Double) -> Double { isKept(logit: logit) ? 1 : 0 }

  func isKept(logit: Double) -> Bool { logit > 0 }

  func at(step: Int) -> StraightThroughSigmoid {
    var later = self
    later.sharpness = Double(1 + step / steps)
    return later
  }
}
