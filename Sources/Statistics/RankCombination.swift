import Foundation

/// Combines the ranks of m values among R controls each into one test of the hypothesis that no value
/// differs from its controls.
///
/// Reference: Hod, Casper, Filan et al., Detecting modularity in deep neural networks (2021), sections
/// 3.1.2 and A.4, for Fisher's and the categorical test; the exact test is ours.
public struct RankCombination: Sendable {
  /// The ranks, 0…R each; see ``ControlRank``.
  public let ranks: [Double]
  /// R.
  public let controls: Int

  /// A combination of ranks among R controls.
  public init(ranks: [Double], controls: Int) {
    precondition(controls > 0, "\(controls) controls")
    precondition(
      ranks.allSatisfy { $0 >= 0 && $0 <= Double(controls) }, "a rank above \(controls) controls")
    self.ranks = ranks
    self.controls = controls
  }

  /// Fisher's statistic, T = −2 Σ ln (rank + ½)/(R + 1): of p values that are moved to the middle of their
  /// steps. NaN without ranks.
  public var fisherStatistic: Double {
    ranks.isEmpty ? .nan : 2 * ranks.reduce(0) { $0 + cost($1) }
  }

  /// P(χ² ≥ T) with 2m degrees of freedom: as if p values were continuous. NaN without ranks.
  public var fisherP: Double {
    ranks.isEmpty
      ? .nan : ChiSquared(degreesOfFreedom: Double(2 * ranks.count)).upperTail(fisherStatistic)
  }

  /// The mean of −ln (rank + ½)/(R + 1); NaN without ranks.
  public var meanCost: Double { fisherStatistic / Double(2 * ranks.count) }

  /// P(T' ≥ T) for the statistic T' of m independent ranks that are uniform on 0…R. NaN without ranks,
  /// nil when a rank is no whole number.
  ///
  /// The m-fold convolution of R + 1 equally likely terms on a grid. All terms are positive, so that
  /// small probabilities have their relative accuracy, too: about 1 %, from the rounding of terms to
  /// cells.
  ///
  /// - Complexity: O(2¹² m² R).
  public var fisherExactP: Double? {
    guard !ranks.isEmpty else { return .nan }
    guard let whole = wholeRanks else { return nil }
    // Roundings add up over the ranks, so that the grid becomes finer with their number.
    let cells = max(1 << 14, ranks.count << 12)
    let width = cost(0) * Double(ranks.count) / Double(cells)
    let places = (0...controls).map { Int((cost(Double($0)) / width).rounded()) }
    let observed = whole.reduce(0) { $0 + places[$1] }
    return Self.share(of: ranks.count, places, atLeast: observed)
  }

  /// The share of the sums of `count` terms, each any of `terms`, that reach a bound.
  ///
  /// Sums that have reached it are only counted, and those that cannot reach it any more are left out.
  private static func share(of count: Int, _ terms: [Int], atLeast bound: Int) -> Double {
    guard bound > 0 else { return 1 }
    let largest = terms.max() ?? 0
    let chance = 1 / Double(terms.count)
    var reached = 0.0
    var sums = [Double](repeating: 0, count: bound)
    sums[0] = 1
    var range = 0..<1
    for taken in 1...count {
      let least = max(0, bound - (count - taken) * largest)
      var next = [Double](repeating: 0, count: bound)
      sums.withUnsafeBufferPointer { sums in
        next.withUnsafeMutableBufferPointer { next in
          for term in terms {
            let split = min(max(bound - term, range.lowerBound), range.upperBound)
            for sum in split..<range.upperBound { reached += chance * sums[sum] }
            let start = min(max(least - term, range.lowerBound), split)
            for sum in start..<split { next[sum + term] += chance * sums[sum] }
          }
        }
      }
      // Counted sums go on in all ways, so that they stay as they are.
      sums = next
      range = min(least, bound)..<min(range.upperBound + largest, bound)
    }
    return min(1, reached)
  }

  /// Pearson's statistic of the numbers of ranks 0…R against equal numbers: Σ (x − μ)²/μ with
  /// μ = m/(R + 1). μ is often about 1, for which the test is coarse. NaN without ranks, nil when a rank is no
  /// whole number.
  public var categoricalStatistic: Double? {
    guard !ranks.isEmpty else { return .nan }
    guard let whole = wholeRanks else { return nil }
    var counts = [Double](repeating: 0, count: controls + 1)
    for rank in whole { counts[rank] += 1 }
    let expected = Double(ranks.count) / Double(controls + 1)
    return counts.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
  }

  /// P(χ² ≥ statistic) with R degrees of freedom. NaN without ranks, nil when a rank is no whole number.
  public var categoricalP: Double? {
    categoricalStatistic.map {
      ChiSquared(degreesOfFreedom: Double(controls)).upperTail($0)
    }
  }

  /// −ln of the p value in the middle of its step.
  private func cost(_ rank: Double) -> Double { -log((rank + 0.5) / Double(controls + 1)) }

  private var wholeRanks: [Int]? {
    let whole = ranks.compactMap { Int(exactly: $0) }
    return whole.count == ranks.count ? whole : nil
  }
}
