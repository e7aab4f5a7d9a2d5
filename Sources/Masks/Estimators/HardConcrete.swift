import Foundation
import Tensors

/// Samples of a stretched and clamped concrete distribution: gates between 0 and 1 that are exactly 0 or 1
/// with a probability above 0, and a penalty on the probability of not being 0.
///
/// With U uniform in (ε, 1 − ε)
///
///     s = σ((log U − log (1 − U) + l) / τ)
///     m = clamp(s (ζ − γ) + γ, 0, 1)
///     dm/dl = (ζ − γ) s (1 − s) / τ, and 0 where m is clamped
///     φ(l) = P(m ≠ 0) = σ(l − τ log(−γ/ζ))
///
/// and γ = −0.1, ζ = 1.1, τ = 2/3. Nothing goes straight through a threshold. The finished mask keeps a gate
/// whose value without noise, clamp(σ(l)(ζ − γ) + γ, 0, 1), exceeds ½, that is l > 0; its inverse keeps the
/// others. Gates strictly between 0 and 1 are so rounded.
///
/// Reference: Louizos, Welling, Kingma: Learning sparse neural networks through L0 regularization (ICLR
/// 2018), eq. 10–13; for masks of frozen weights Cao, Sanh, Rush: Low-complexity probing via finding
/// subnetworks (NAACL 2021), who start from l = 1.609438 and train with a learning rate of 0.2.
public struct HardConcrete: MaskEstimator, Hashable {
  private static let (low, high, temperature) = (-0.1, 1.1, 2.0 / 3)
  private static let margin = 1e-6

  /// The estimator.
  public init() {}

  /// m, and its derivative.
  public func sample(logit: Double, word: UInt32) -> GateSample {
    let u = Self.margin + (1 - 2 * Self.margin) * MaskDraw(logit: 0, word: word).uniform
    return gate((log(u / (1 - u)) + logit) / Self.temperature, 1 / Self.temperature)
  }

  /// The value without noise.
  public func finalValue(logit: Double) -> Double { gate(logit, 1).value }

  private func gate(_ x: Double, _ scale: Double) -> GateSample {
    let s = sigmoid(x)
    let stretched = s * (Self.high - Self.low) + Self.low
    let value = min(max(stretched, 0), 1)
    let slope = value == stretched ? (Self.high - Self.low) * s * (1 - s) * scale : 0
    return GateSample(value: value, relaxed: value, slope: slope)
  }

  /// P(m ≠ 0).
  public func penalty(logit: Double) -> Double { keepProbability(logit: logit) }

  /// Its derivative.
  public func penaltyGradient(logit: Double) -> Double {
    let p = keepProbability(logit: logit)
    return p * (1 - p)
  }

  /// P(m ≠ 0).
  public func keepProbability(logit: Double) -> Double {
    sigmoid(logit - Self.temperature * log(-Self.low / Self.high))
  }

  /// l > 0.
  public func isKept(logit: Double) -> Bool { logit > 0 }

  private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}
