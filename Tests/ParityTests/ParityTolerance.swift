import Foundation
import Tensors

/// How far a number may be from its golden: |found − expected| ≤ absolute + relative · |expected|.
struct ParityTolerance {
  let absolute: Double
  let relative: Double
  /// The promise in words, for the report.
  let rule: String

  /// A layer's output or gradient whose elements are sums of `terms` products (N4). The
  /// double-precision path, for which nothing is promised, must agree to rounding.
  static func layer<Scalar: TensorScalar>(_: Scalar.Type, terms: Int) -> ParityTolerance {
    let root = Double(terms).squareRoot()
    guard Scalar.self == Float.self else { return rounding(root) }
    return ParityTolerance(
      absolute: 1e-5, relative: 1.3e-6 * root, rule: "1e-5 + 1.3e-6·√K relative")
  }

  /// Parameters after steps of an optimiser (N5).
  static func optimizer<Scalar: TensorScalar>(_: Scalar.Type) -> ParityTolerance {
    guard Scalar.self == Float.self else { return rounding(100) }
    return ParityTolerance(absolute: 0, relative: 1e-5, rule: "1e-5 relative")
  }

  /// Losses of consecutive training steps (N6).
  static func training<Scalar: TensorScalar>(_: Scalar.Type) -> ParityTolerance {
    guard Scalar.self == Float.self else { return rounding(1000) }
    return ParityTolerance(absolute: 0, relative: 1e-4, rule: "1e-4 relative")
  }

  /// Numbers that must be equal.
  static let exact = ParityTolerance(absolute: 0, relative: 0, rule: "equal")

  /// The single-precision path against the double-precision path, relative to the largest element
  /// (N3).
  static func precision(_ relative: Double, of expected: Tensor<Double>) -> ParityTolerance {
    ParityTolerance(
      absolute: relative * expected.maximumMagnitude(), relative: 0,
      rule: "\(text(relative)) of the largest")
  }

  /// Numbers whose errors do not grow with their size, such as parameters that Adam has moved.
  static func absolute(_ absolute: Double) -> ParityTolerance {
    ParityTolerance(absolute: absolute, relative: 0, rule: "\(text(absolute)) absolute")
  }

  /// `1e-5` rather than `1e-05`.
  private static func text(_ value: Double) -> String {
    String(format: "%.0e", value).replacingOccurrences(of: "e-0", with: "e-")
  }

  private static func rounding(_ factor: Double) -> ParityTolerance {
    ParityTolerance(absolute: 1e-14 * factor, relative: 1e-14 * factor, rule: "rounding")
  }
}
