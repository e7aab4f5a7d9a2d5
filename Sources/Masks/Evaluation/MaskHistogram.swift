import Tensors

/// How the keep probabilities of all gates are distributed: counts in equal bins on [0, 1].
///
/// A finished mask has its mass at both ends. Reference: workshop paper, Fig. 6 (500 bins).
public struct MaskHistogram: Sendable, Hashable {
  /// Counts, lowest bin first; the last bin includes 1.
  public private(set) var counts: [Int]

  /// Empty bins.
  public init(bins: Int = 500) {
    require(bins > 0, "a histogram has bins")
    counts = [Int](repeating: 0, count: bins)
  }

  /// Adds the probabilities of a tensor of logits.
  ///
  /// - Parameter estimator: how gates are drawn from them.
  public mutating func add(logits: Tensor<Float>, by estimator: any MaskEstimator) {
    let bins = counts.count
    let estimator = estimator.fitted { logits.scalars.map(Double.init) }
    logits.withUnsafeBufferPointer { logits in
      for logit in logits {
        let probability = estimator.keepProbability(logit: Double(logit))
        counts[min(Int(probability * Double(bins)), bins - 1)] += 1
      }
    }
  }

  /// The lower edge of a bin.
  public func lowerEdge(_ bin: Int) -> Double { Double(bin) / Double(counts.count) }
}
