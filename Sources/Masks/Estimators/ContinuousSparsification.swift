import Foundation
import Tensors

/// Gates without noise that become steps in the course of training:
///
///     m = σ(τₜ l),   τₜ = 200^(t / (T − 1)) at step t of T
///     dm/dl = τₜ m (1 − m)
///     φ(l) = m
///
/// The finished mask keeps l > 0: a gate at 0 counts as removed, so that the sign of `mask.init-logit` decides
/// what becomes of gates that nothing moves. Its inverse keeps l ≤ 0.
///
/// Reference: Savarese, Silva, Maire: Winning the lottery with continuous sparsification (NeurIPS 2020),
/// section 3, there per epoch and in rounds; for masks of frozen weights Lepori, Serre, Pavlick: Break it
/// down (NeurIPS 2023).
public struct ContinuousSparsification: MaskEstimator, Hashable {
  private static let finalTemperature = 200.0

  /// T.
  private let steps: Int
  /// τₜ.
  public let temperature: Double

  /// The estimator of a training, as it is at its end.
  ///
  /// - Parameter steps: T.
  public init(steps: Int) { self.init(steps: steps, temperature: Self.finalTemperature) }

  private init(steps: Int, temperature: Double) {
    self.steps = steps
    self.temperature = temperature
  }

  /// With the temperature of a step.
  public func at(step: Int) -> ContinuousSparsification {
    let progress = steps > 1 ? min(Double(step) / Double(steps - 1), 1) : 1
    return ContinuousSparsification(
      steps: steps, temperature: pow(Self.finalTemperature, progress))
  }

  /// m; there is no noise.
  public func sample(logit: Double, word: UInt32) -> GateSample {
    let m = keepProbability(logit: logit)
    return GateSample(value: m, relaxed: m, slope: temperature * m * (1 - m))
  }

  /// m.
  public func penalty(logit: Double) -> Double { keepProbability(logit: logit) }

  /// dm/dl.
  public func penaltyGradient(logit: Double) -> Double { sample(logit: logit, word: 0).slope }

  /// m, which stands for a probability.
  public func keepProbability(logit: Double) -> Double { 1 / (1 + exp(-temperature * logit)) }

  /// l > 0.
  public func isKept(logit: Double) -> Bool { logit > 0 }
}
