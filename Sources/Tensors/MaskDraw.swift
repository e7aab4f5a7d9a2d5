import Foundation

/// One draw of a Gumbel-sigmoid mask element in the one-uniform form, in double precision.
///
/// With U uniform on the midpoints (k + ½)/2²⁴ and E = exp(l), the soft sample is s = UE / (UE + 1
/// − U) and the hard one m = [s > ½] = [k ≥ ⌊2²⁴ q + ½⌋] with q = 1/(1 + E), so P(m = 1) = σ(l) up
/// to 2⁻²⁵. This equals sigmoid(l + logistic noise) of the two-uniform form in distribution,
/// without a logarithm.
///
/// The kernels compute q in single precision: their threshold differs from this one by at most 2, so
/// that P(m = 1) = σ(l) up to 2⁻²². See ``neverKeptLogit``.
///
/// Range: logits are clamped to ±80 for the exponential.
/// Reference: Csordás, van Steenkiste, Schmidhuber: Are neural nets modular? (ICLR 2021), section
/// 2.
public struct MaskDraw: Sendable {
  /// The largest logit at or below which the kernels never keep a weight, −24 ln 2 to the nearest
  /// number in single precision.
  ///
  /// There 1 + exp(l) rounds to 1, so that the threshold lies above the largest of the 2²⁴ values of
  /// the noise. The soft sample and its slope do not vanish there. In double precision the largest
  /// value still keeps a weight down to −25 ln 2.
  public static let neverKeptLogit: Float = -0x1.0a2b24p4

  /// The hard sample m.
  public let isKept: Bool
  /// The soft sample s in (0, 1).
  public let soft: Double
  /// ds/dl = s (1 − s), the straight-through derivative of the hard sample.
  public let slope: Double

  /// U, the midpoint of one of 2²⁴ equal parts of (0, 1).
  public let uniform: Double

  /// - Parameters:
  ///   - logit: l; the probability of keeping is σ(l).
  ///   - word: 32 random bits, of which the upper 24 count.
  public init(logit: Double, word: UInt32) {
    let e = exp(min(max(logit, -80), 80))
    let k = word >> 8
    let u = (Double(k) + 0.5) * 0x1p-24
    uniform = u
    isKept = k >= UInt32(0x1p24 / (1 + e) + 0.5)
    let total = u * e + (1 - u)
    soft = u * e / total
    slope = soft * ((1 - u) / total)
  }
}
