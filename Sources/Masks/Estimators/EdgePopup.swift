import Tensors

/// The gates of the largest scores of a layer, with a straight-through gradient for all scores:
///
///     m = [|s| among the share k of the largest in its layer]
///     dm/ds := d|s|/ds = sign s
///
/// A layer is a group of gates: the gates of one weight, whatever their unit. There is no noise and no
/// penalty, so that neither `mask.beta` nor the number of samples matters; the size of the mask is
/// given instead. Scores start from U(−1/√n, 1/√n) with n the inputs of an output. The inverse keeps
/// the scores below the threshold.
///
/// Reference: Ramanujan, Wortsman, Kembhavi, Farhadi, Rastegari: What's hidden in a randomly weighted
/// neural network? (CVPR 2020), section 3; there with stochastic gradient descent and on random weights.
public struct EdgePopup: MaskEstimator, Hashable {
  private var top: TopScores

  /// The estimator of a size.
  ///
  /// - Parameter kept: k, the share of the gates of every layer that is kept, 0…1.
  public init(kept: Double) { top = TopScores(share: kept) }

  /// With the threshold of a layer.
  public func fitted(to logits: () -> [Double]) -> EdgePopup {
    var fitted = self
    fitted.top = top.of(logits())
    return fitted
  }

  /// m, |s| and its derivative.
  public func sample(logit: Double, word: UInt32) -> GateSample {
    GateSample(
      value: isKept(logit: logit) ? 1 : 0, relaxed: abs(logit),
      slope: rankGradient(logit: logit))
  }

  /// 0.
  public func penalty(logit: Double) -> Double { 0 }

  /// 0.
  public func penaltyGradient(logit: Double) -> Double { 0 }

  /// m.
  public func keepProbability(logit: Double) -> Double { isKept(logit: logit) ? 1 : 0 }

  /// m.
  public func isKept(logit: Double) -> Bool { top.includes(logit) }

  /// |s|.
  public func rank(logit: Double) -> Double { abs(logit) }

  /// sign s.
  public func rankGradient(logit: Double) -> Double { logit == 0 ? 0 : logit < 0 ? -1 : 1 }

  /// It is 0.
  public var hasConstantPenaltyGradient: Bool { true }

  /// Uniform.
  public var start: GateStart { .uniform }
}
