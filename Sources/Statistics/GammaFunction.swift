import Foundation

/// The gamma function and the regularised incomplete gamma function.
public enum GammaFunction {
  /// ln Γ(a).
  ///
  /// - Precondition: a > 0.
  /// - Reference: NIST Digital Library of Mathematical Functions, 5.11.1.
  public static func logarithm(_ a: Double) -> Double {
    precondition(a > 0, "Γ(\(a))")
    if a < stirlingStart { return log(tgamma(a)) }
    return (a - 0.5) * log(a) - a + 0.5 * log(2 * Double.pi) + stirlingRemainder(a)
  }

  /// ln Q(a, x), with Q(a, x) = ∫ₓ^∞ u^(a−1) e^(−u) du / Γ(a): the logarithm of the upper tail, which has
  /// its relative accuracy where the tail itself is too small for a number.
  ///
  /// **Range**: −∞ … 0.
  /// **Edge cases**: NaN when x is; −∞ for infinite x.
  ///
  /// - Parameters:
  ///   - a: The parameter, above 0.
  ///   - x: The lower limit, 0 or above.
  /// - Complexity: O(√a) near the mean, less elsewhere.
  /// - Reference: NIST Digital Library of Mathematical Functions, 8.7.1 and 8.9.2.
  public static func logUpperTail(_ a: Double, _ x: Double) -> Double {
    precondition(a > 0, "Q(\(a), \(x))")
    if x.isNaN { return .nan }
    precondition(x >= 0, "the lower limit \(x)")
    if x == 0 { return 0 }
    if x == .infinity { return -.infinity }
    let front = a * log(x) - x - logarithm(a)
    // The series for the lower tail converges fast below the mean, the fraction above it.
    return x < a + 1
      ? log1p(-exp(front) * series(a, x)) : front + log(continuedFraction(a, x))
  }

  // MARK: - Details

  /// Σ xⁿ / (a (a + 1) … (a + n)).
  private static func series(_ a: Double, _ x: Double) -> Double {
    var term = 1 / a
    var sum = term
    var denominator = a
    while term > sum * 1e-17 {
      denominator += 1
      term *= x / denominator
      sum += term
    }
    return sum
  }

  /// The continued fraction of DLMF 8.9.2 by the modified Lentz algorithm.
  private static func continuedFraction(_ a: Double, _ x: Double) -> Double {
    let tiny = 1e-300
    func away(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var b = x + 1 - a
    var c = 1 / tiny
    var d = 1 / away(b)
    var fraction = d
    for n in 1..<100_000 {
      let coefficient = -Double(n) * (Double(n) - a)
      b += 2
      d = 1 / away(coefficient * d + b)
      c = away(b + coefficient / c)
      let factor = c * d
      fraction *= factor
      if abs(factor - 1) < 1e-16 { break }
    }
    return fraction
  }

  /// From here on the series of ``stirlingRemainder(_:)`` has full accuracy.
  static let stirlingStart = 10.0

  /// ln Γ(x) − [(x − 1/2) ln x − x + ln(2π)/2], by its asymptotic series.
  static func stirlingRemainder(_ x: Double) -> Double {
    let coefficients: [Double] = [
      1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360_360, 1.0 / 156,
    ]
    let square = 1 / (x * x)
    return coefficients.reversed().reduce(0) { $0 * square + $1 } / x
  }
}
