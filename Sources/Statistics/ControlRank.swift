/// What counts when a value and its controls are equal, or are no numbers.
public enum TieMode: String, Sendable, CaseIterable {
  /// Controls count that are strictly beyond the value; comparisons with NaN are false. Ties count in
  /// favour of significance, so that p values of coarse quantities are too small: what the published
  /// code does.
  case reference
  /// All controls count that are not strictly on the other side, those that are no numbers too.
  case conservative
  /// Ties count one half; values that are not finite are least extreme and equal to each other.
  case mid
  /// Ties count to a random number: under the null hypothesis p is exactly uniform on its grid.
  /// Values that are not finite are as in ``mid``.
  case random
}

/// How extreme a value is among R controls: the number of controls beyond it.
///
/// Reference: Hod, Casper, Filan et al., Detecting modularity in deep neural networks (2021), section
/// 3.1.2 for ``TieMode/reference``; the other modes are ours.
public enum ControlRank {
  /// Which values are extreme.
  public enum Side: Sendable {
    /// Small ones.
    case left
    /// Large ones.
    case right
  }

  /// The number of controls beyond a value, 0…R; with ``TieMode/mid`` also halves.
  ///
  /// - Parameters:
  ///   - value: What is judged.
  ///   - controls: R values for comparison.
  ///   - side: Which values are extreme.
  ///   - ties: What counts when values are equal or no numbers.
  ///   - uniform: A random number, 0 included and 1 not, independent of all others; only
  ///     ``TieMode/random`` looks at it.
  public static func rank(
    of value: Double, among controls: [Double], side: Side, ties: TieMode, uniform: Double
  ) -> Double {
    func count(_ isCounted: (Double) -> Bool) -> Double { Double(controls.count(where: isCounted)) }
    switch ties {
    case .reference:
      return count { side == .left ? $0 < value : $0 > value }
    case .conservative:
      return count { side == .left ? !($0 > value) : !($0 < value) }
    case .mid, .random:
      let least: Double = side == .left ? .infinity : -.infinity
      func key(_ x: Double) -> Double { x.isFinite ? x : least }
      let own = key(value)
      let beyond = count { side == .left ? key($0) < own : key($0) > own }
      let equal = count { key($0) == own }
      return beyond + (ties == .mid ? equal / 2 : (uniform * (equal + 1)).rounded(.down))
    }
  }

  /// The p value of a rank among R controls: (rank + 1) / (R + 1), 1/(R + 1) … 1.
  public static func p(rank: Double, controls: Int) -> Double {
    (rank + 1) / Double(controls + 1)
  }
}
