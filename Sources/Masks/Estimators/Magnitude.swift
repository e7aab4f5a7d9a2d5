import Tensors

/// The gates of the largest weights of a layer, which nothing trains: the mask that needs no learning.
///
/// The score of a gate is the mean |w| of the weights that it acts on, and stays. The inverse keeps the
/// smaller ones.
///
/// Reference: Han, Pool, Tran, Dally: Learning both weights and connections for efficient neural networks
/// (NeurIPS 2015).
public struct Magnitude: MaskEstimator, Hashable {
  private var top: TopScores

  /// The estimator of a size.
  ///
  /// - Parameter kept: the share of the gates of every layer that is kept, 0…1.
  public init(kept: Double) { top = TopScores(share: kept) }

  /// With the threshold of a layer.
  public func fitted(to logits: () -> [Double]) -> Magnitude {
    var fitted = self
    fitted.top = top.of(logits())
    return fitted
  }

  /// Whether the score is among the largest; it has no slope.
  public func sample(logit: Double, word: UInt32) -> GateSample {
    let value = keepProbability(logit: logit)
    return GateSample(value: value, relaxed: value, slope: 0)
  }

  /// 0.
  public func penalty(logit: Double) -> Double { 0 }

  /// 0.
  public func penaltyGradient(logit: Double) -> Double { 0 }

  /// m.
  public func keepProbability(logit: Double) -> Double { isKept(logit: logit) ? 1 : 0 }

  /// m.
  public func isKept(logit: Double) -> Bool { top.includes(logit) }

  /// It is 0.
  public var hasConstantPenaltyGradient: Bool { true }

  /// The weights themselves.
  public var start: GateStart { .magnitude }
}
