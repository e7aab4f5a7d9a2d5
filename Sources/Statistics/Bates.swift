import Foundation

/// The distribution of the mean of n independent uniform numbers.
///
/// Reference: Johnson, Kotz, Balakrishnan, Continuous univariate distributions 2 (1995), section 26.9.
public enum Bates {
  /// P(mean of n uniform numbers ≤ x): how small the mean of n p values is.
  ///
  /// (1/n!) Σₖ (−1)ᵏ C(n, k) (n x − k)ⁿ over k ≤ n x; above the middle by symmetry, where the terms
  /// cancel less.
  ///
  /// - Parameters:
  ///   - x: The mean, 0…1; NaN gives NaN.
  ///   - n: 1…20, for which the sum loses no more than eight digits.
  public static func lowerTail(_ x: Double, n: Int) -> Double {
    precondition((1...20).contains(n), "the mean of \(n) numbers")
    if x.isNaN { return .nan }
    precondition(x >= 0 && x <= 1, "a mean of \(x)")
    if x > 0.5 { return 1 - lowerTail(1 - x, n: n) }
    let total = x * Double(n)
    // C(n, k) / n! = 1 / (k! (n − k)!).
    var sum = 0.0
    for k in 0...Int(total) {
      let term =
        pow(total - Double(k), Double(n)) / (tgamma(Double(k + 1)) * tgamma(Double(n - k + 1)))
      sum += k.isMultiple(of: 2) ? term : -term
    }
    return min(max(sum, 0), 1)
  }
}
