/// Which of many p values are significant together.
///
/// Values that are NaN are no tests: they do not count, are not significant, and have no adjusted p.
public enum MultipleTests: String, Sendable, CaseIterable {
  /// Benjamini and Hochberg: bounds the expected share of false among all significant results.
  /// Reject p₍₁₎ … p₍ᵢ₎ for the largest i with p₍ᵢ₎ ≤ i α / M.
  case benjaminiHochberg = "bh"
  /// Holm: bounds the probability of any false significant result. Reject p₍₁₎, p₍₂₎, … as long as
  /// p₍ᵢ₎ ≤ α / (M − i + 1).
  case holm

  /// Which values are significant.
  ///
  /// The comparison is that of the definitions: with adjusted p values rounding would decide at ties.
  ///
  /// - Parameters:
  ///   - p: p values, 0…1, or NaN.
  ///   - level: α, 0…1.
  /// - Reference: Benjamini, Hochberg, Controlling the false discovery rate (1995), procedure 1; Holm, A
  ///   simple sequentially rejective multiple test procedure (1979).
  public func significant(_ p: [Double], level: Double = 0.05) -> [Bool] {
    let order = Self.order(p)
    let count = Double(order.count)
    let rejected: Int
    switch self {
    case .benjaminiHochberg:
      let last = order.indices.last { p[order[$0]] <= Double($0 + 1) * level / count }
      rejected = last.map { $0 + 1 } ?? 0
    case .holm:
      let first = order.indices.first { p[order[$0]] > level / (count - Double($0)) }
      rejected = first ?? order.count
    }
    var result = [Bool](repeating: false, count: p.count)
    for index in order.prefix(rejected) { result[index] = true }
    return result
  }

  /// The smallest levels at which the values are significant, 0…1; NaN for NaN.
  ///
  /// statsmodels equivalent: `multipletests(p, method="fdr_bh" or "holm")`.
  public func adjusted(_ p: [Double]) -> [Double] {
    let order = Self.order(p)
    let count = Double(order.count)
    var result = [Double](repeating: .nan, count: p.count)
    switch self {
    case .benjaminiHochberg:
      var least = 1.0
      for position in order.indices.reversed() {
        least = min(least, count * p[order[position]] / Double(position + 1))
        result[order[position]] = least
      }
    case .holm:
      var greatest = 0.0
      for position in order.indices {
        greatest = max(greatest, (count - Double(position)) * p[order[position]])
        result[order[position]] = min(greatest, 1)
      }
    }
    return result
  }

  /// Positions of the numbers in ascending order.
  private static func order(_ p: [Double]) -> [Int] {
    p.indices.filter { !p[$0].isNaN }.sorted { (p[$0], $0) < (p[$1], $1) }
  }
}
