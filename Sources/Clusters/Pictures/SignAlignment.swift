import Tensors

/// Turns vectors so that they point the same way: some are multiplied by −1.
///
/// Sweep by sweep, each vector i is turned when Σ_{j≠i} s_i s_j cos(v_i, v_j) < 0, with the signs
/// that the same sweep has already changed.
///
/// Reference: Hod et al., 2021, appendix A.3, algorithm 2.
public struct SignAlignment: Sendable {
  /// In which order a sweep visits the vectors.
  public enum Order: String, Sendable, Hashable, CaseIterable {
    /// That of the units, as in the paper.
    case fixed
    /// A new random one in every sweep, as in the published code.
    case random
  }

  /// 1 or −1 for each vector.
  public let signs: [Double]
  /// Cosines of all pairs, n×n by rows; 0 where one of the two vectors is 0, and on the diagonal.
  public let cosines: [Double]

  /// Aligns vectors.
  ///
  /// - Parameters:
  ///   - vectors: n×dimensions by rows.
  ///   - count: n.
  ///   - sweeps: how often all vectors are visited; fewer suffice when nothing changes any more.
  ///   - order: in which order.
  ///   - random: for the random order; sweep s takes step `step` + s.
  ///   - step: the first step.
  public init(
    _ vectors: [Double], count: Int, sweeps: Int = 20, order: Order = .fixed,
    random: RandomStream, step: Int = 0
  ) {
    var cosines = [Double](repeating: 0, count: count * count)
    if count > 0, !vectors.isEmpty {
      BLAS.product(
        vectors, rows: count, vectors, columns: count, inner: vectors.count / count,
        into: &cosines)
    }
    let norms = (0..<count).map { cosines[$0 * count + $0].squareRoot() }
    for i in 0..<count {
      for j in 0..<count {
        let norm = norms[i] * norms[j]
        cosines[i * count + j] = i == j || norm == 0 ? 0 : cosines[i * count + j] / norm
      }
    }
    var signs = [Double](repeating: 1, count: count)
    for sweep in 0..<sweeps {
      let visits =
        order == .fixed ? Array(0..<count) : random.permutation(count, step: step + sweep)
      var hasChanged = false
      for i in visits {
        var sum = 0.0
        for j in 0..<count { sum += signs[j] * cosines[i * count + j] }
        if signs[i] * sum < 0 {
          signs[i] = -signs[i]
          hasChanged = true
        }
      }
      if !hasChanged { break }
    }
    (self.signs, self.cosines) = (signs, cosines)
  }

  /// Mean of |cos| over all pairs, 0…1; NaN for a single vector.
  public var meanAbsoluteCosine: Double { mean { _, _, cosine in abs(cosine) } }

  /// Mean of the cosines of the turned vectors over all pairs, −1…1; NaN for a single vector.
  public var alignedCosine: Double { mean { i, j, cosine in signs[i] * signs[j] * cosine } }

  private func mean(_ value: (Int, Int, Double) -> Double) -> Double {
    let count = signs.count
    var sum = 0.0
    for i in 0..<count {
      for j in 0..<i { sum += value(i, j, cosines[i * count + j]) }
    }
    return sum / (Double(count) * Double(count - 1) / 2)
  }
}
