import Foundation

/// The beta function and the regularised incomplete beta function.
public enum BetaFunction {
  /// ln B(a, b) = ln Γ(a) + ln Γ(b) − ln Γ(a + b), without the cancellation of that formula.
  ///
  /// - Precondition: a, b > 0.
  /// - Reference: NIST Digital Library of Mathematical Functions, 5.11 and 5.12.
  public static func logarithm(_ a: Double, _ b: Double) -> Double {
    precondition(a > 0 && b > 0, "B(\(a), \(b))")
    let p = min(a, b)
    let q = max(a, b)
    if p >= GammaFunction.stirlingStart {
      let remainder =
        GammaFunction.stirlingRemainder(p) + GammaFunction.stirlingRemainder(q)
        - GammaFunction.stirlingRemainder(p + q)
      let powers = (p - 0.5) * log(p / (p + q)) + q * log1p(-p / (p + q))
      return 0.5 * log(2 * Double.pi / q) + remainder + powers
    }
    if q >= GammaFunction.stirlingStart {
      let remainder = GammaFunction.stirlingRemainder(q) - GammaFunction.stirlingRemainder(p + q)
      let powers = (q - 0.5) * log1p(-p / (p + q)) - p * log(p + q)
      return log(tgamma(p)) + remainder + p + powers
    }
    return log(tgamma(p)) + log(tgamma(q) / tgamma(p + q))
  }

  /// I_x(a, b) = ∫₀ˣ u^(a−1) (1−u)^(b−1) du / B(a, b).
  ///
  /// **Range**: 0 … 1.
  /// **Edge cases**: NaN when x is.
  ///
  /// - Parameters:
  ///   - x: Upper limit, 0 … 1.
  ///   - complement: 1 − x; given separately where the caller knows it more precisely.
  ///   - a: First parameter, above 0.
  ///   - b: Second parameter, above 0.
  /// - Complexity: O(sqrt(max(a, b))) near the mean, less elsewhere.
  /// - Reference: NIST Digital Library of Mathematical Functions, 8.17.22.
  public static func regularized(
    _ x: Double, complement: Double? = nil, _ a: Double, _ b: Double
  ) -> Double {
    precondition(a > 0 && b > 0, "I(\(a), \(b))")
    if x.isNaN { return .nan }
    precondition(x >= 0 && x <= 1, "the upper limit \(x)")
    let y = complement ?? 1 - x
    if x == 0 { return 0 }
    if y == 0 { return 1 }
    // log1p where the argument is near 1, so that large exponents do not magnify its rounding.
    let logX = x > 0.5 ? log1p(-y) : log(x)
    let logY = y > 0.5 ? log1p(-x) : log(y)
    let front = exp(a * logX + b * logY - logarithm(a, b))
    // The fraction converges fast below the mean; above it the symmetric one is used.
    return x < (a + 1) / (a + b + 2)
      ? front * continuedFraction(x, a, b) / a
      : 1 - front * continuedFraction(y, b, a) / b
  }

  // MARK: - Details

  /// The continued fraction of DLMF 8.17.22 by the modified Lentz algorithm.
  private static func continuedFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    func away(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / away(1 - (a + b) * x / (a + 1))
    var fraction = d
    for m in 1..<100_000 {
      let m = Double(m)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / away(1 + even * d)
      c = away(1 + even / c)
      fraction *= d * c
      let odd = -((a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / away(1 + odd * d)
      c = away(1 + odd / c)
      let factor = d * c
      fraction *= factor
      if abs(factor - 1) < 1e-16 { break }
    }
    return fraction
  }
}
