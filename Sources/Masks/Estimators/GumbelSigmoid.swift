import Foundation
import Tensors

/// Binary samples of a Gumbel-sigmoid with a straight-through gradient: the estimator of the papers.
///
/// With U uniform in (0, 1)
///
///     s = σ((l + log U − log (1 − U)) / τ)
///     m = [s > ½]
///     dm/dl := ds/dl = s (1 − s) / τ
///
/// The penalty is the logit itself. Whether s exceeds ½ does not depend on τ, and so neither do the
/// drawn gates, their probability σ(l), and the finished mask, which keeps l > 0; only the slope does.
///
/// At τ = 1 the draws are those of ``Tensors/MaskDraw``, which the kernels compute. At another
/// temperature they are drawn one by one, which takes longer.
///
/// Reference: Csordás, van Steenkiste, Schmidhuber: Are neural nets modular? (ICLR 2021), section 2,
/// eq. 1–4.
public struct GumbelSigmoid: MaskEstimator, Hashable {
  /// τ.
  public let temperature: Double

  /// The estimator of a temperature above 0.
  public init(temperature: Double = 1) {
    require(temperature > 0, "a Gumbel-sigmoid of temperature \(temperature)")
    self.temperature = temperature
  }

  /// m, s and ds/dl.
  public func sample(logit: Double, word: UInt32) -> GateSample {
    let draw = MaskDraw(logit: logit, word: word)
    let value = draw.isKept ? 1.0 : 0
    guard temperature != 1 else {
      return GateSample(value: value, relaxed: draw.soft, slope: draw.slope)
    }
    let noise = log(draw.uniform / (1 - draw.uniform))
    let x = (min(max(logit, -80), 80) + noise) / temperature
    let e = exp(-abs(x))
    return GateSample(
      value: value, relaxed: (x < 0 ? e : 1) / (1 + e),
      slope: e / ((1 + e) * (1 + e)) / temperature)
  }

  /// l.
  public func penalty(logit: Double) -> Double { logit }

  /// 1.
  public func penaltyGradient(logit: Double) -> Double { 1 }

  /// σ(l).
  public func keepProbability(logit: Double) -> Double { 1 / (1 + exp(-logit)) }

  /// σ(l) (1 − σ(l)).
  public func keepProbabilityGradient(logit: Double) -> Double {
    let p = keepProbability(logit: logit)
    return p * (1 - p)
  }

  /// l > 0: a keep probability above one half.
  public func isKept(logit: Double) -> Bool { logit > 0 }

  /// It is 1.
  public var hasConstantPenaltyGradient: Bool { true }

  /// At temperature 1.
  public var isDrawnByKernels: Bool { temperature == 1 }
}
