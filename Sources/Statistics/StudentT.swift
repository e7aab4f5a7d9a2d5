import Foundation

/// Student's t distribution.
///
/// **Range**: degrees of freedom ν > 0, not necessarily whole.
/// **Accuracy**: relative error of CDF, survival function and quantile below 1e-10 for ν ≤ 1e7.
public struct StudentT: Sendable, Equatable {
  /// The parameter ν.
  public let degreesOfFreedom: Double

  /// Creates the distribution.
  ///
  /// - Precondition: finite and above 0.
  public init(degreesOfFreedom: Double) {
    precondition(
      degreesOfFreedom > 0 && degreesOfFreedom.isFinite,
      "\(degreesOfFreedom) degrees of freedom")
    self.degreesOfFreedom = degreesOfFreedom
  }

  /// Density: Γ((ν+1)/2) / (sqrt(νπ) Γ(ν/2)) · (1 + t²/ν)^(−(ν+1)/2).
  public func density(_ t: Double) -> Double {
    let ν = degreesOfFreedom
    // 1 / (sqrt(ν) B(ν/2, 1/2)) is the constant in front.
    let logarithm =
      -BetaFunction.logarithm(ν / 2, 0.5) - 0.5 * log(ν) - (ν + 1) / 2 * log1p(t * t / ν)
    return exp(logarithm)
  }

  /// P(T ≤ t).
  ///
  /// **Edge cases**: 0 and 1 at the infinities, NaN for NaN.
  public func cumulative(_ t: Double) -> Double {
    t < 0 ? upperTail(-t) : 1 - upperTail(t)
  }

  /// P(T > t), accurate also where it is tiny.
  public func survival(_ t: Double) -> Double { cumulative(-t) }

  /// P(T > t) for t ≥ 0: half of I_x(ν/2, 1/2) at x = ν / (ν + t²).
  private func upperTail(_ t: Double) -> Double {
    if t.isNaN { return .nan }
    if t.isInfinite { return 0 }
    let ν = degreesOfFreedom
    let ratio = t / ν.squareRoot()
    let square = ratio * ratio
    // Both x and 1 − x from the quotient, so that neither suffers from cancellation.
    let x = 1 / (1 + square)
    let complement = square.isInfinite ? 1 : square / (1 + square)
    return 0.5 * BetaFunction.regularized(x, complement: complement, ν / 2, 0.5)
  }

  /// The t below which the distribution has the given probability.
  ///
  /// **Edge cases**: the infinities for 0 and 1.
  ///
  /// - Precondition: a probability from 0 to 1.
  /// - Complexity: a few evaluations of the CDF.
  public func quantile(_ probability: Double) -> Double {
    precondition((0...1).contains(probability), "the probability \(probability)")
    if probability == 0.5 { return 0 }
    // By symmetry the smaller tail is sought.
    let isLower = probability < 0.5
    let tail = isLower ? probability : 1 - probability
    let t = upperQuantile(tail)
    return isLower ? -t : t
  }

  /// The t > 0 with P(T > t) = tail, for tail < 1/2.
  private func upperQuantile(_ tail: Double) -> Double {
    if tail == 0 { return .infinity }
    var low = 0.0
    var high = 1.0
    while upperTail(high) > tail {
      low = high
      high *= 2
      if high.isInfinite { return .infinity }
    }
    var t = low + (high - low) / 2
    for _ in 0..<200 {
      let excess = upperTail(t) - tail
      if excess > 0 { low = t } else { high = t }
      // Newton's step on the logarithm of the tail, which is nearly straight; bisection where it
      // leaves the bracket.
      let value = excess + tail
      let slope = -density(t) / value
      var next = t - log(value / tail) / slope
      if !(next > low && next < high) { next = low + (high - low) / 2 }
      if abs(next - t) <= 1e-15 * t { return next }
      t = next
    }
    return t
  }
}
