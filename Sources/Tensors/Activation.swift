import CKernels
import Foundation

/// A function of single elements, with its gradient.
///
/// `Float` tensors use the kernel of this number, `Double` ones the formulas here, which are the
/// independent check of the kernel.
public struct Activation: Sendable {
  /// Tensors that the gradient is computed from.
  struct Operands: OptionSet, Sendable {
    let rawValue: Int
    static let input = Operands(rawValue: 1)
    static let output = Operands(rawValue: 2)
  }

  /// The name, as in the gradient checks.
  public let name: String
  /// The largest error of values in single precision, relative to the value, for |x| ≤ 12.
  public let relativeError: Double
  let kernel: ml_activation
  let gradientUses: Operands
  let value: @Sendable (_ x: Double) -> Double
  let gradient: @Sendable (_ x: Double, _ y: Double, _ dY: Double) -> Double

  /// Whether the gradient is computed from the input, which must then be kept.
  public var gradientUsesInput: Bool { gradientUses.contains(.input) }
  /// Whether the gradient is computed from the output, which must then be kept.
  public var gradientUsesOutput: Bool { gradientUses.contains(.output) }

  /// All activations.
  public static let all = [relu, sigmoid, tanh, gelu, silu]

  /// y = max(x, 0); `NaN` stays. dx = dy where y > 0, else 0.
  public static let relu = Activation(
    name: "ReLU", relativeError: 0, kernel: ML_ACTIVATION_relu, gradientUses: .output,
    value: { x in x < 0 ? 0 : x }, gradient: { _, y, dY in y > 0 ? dY : 0 })

  /// y = 1 / (1 + exp(−x)); dx = dy y (1 − y).
  public static let sigmoid = Activation(
    name: "Sigmoid", relativeError: 3.6e-7, kernel: ML_ACTIVATION_sigmoid, gradientUses: .output,
    value: { x in 1 / (1 + exp(-x)) }, gradient: { _, y, dY in dY * y * (1 - y) })

  /// y = tanh x; dx = dy (1 − y²).
  public static let tanh = Activation(
    name: "Tanh", relativeError: 2.4e-7, kernel: ML_ACTIVATION_tanh, gradientUses: .output,
    value: { x in Foundation.tanh(x) }, gradient: { _, y, dY in dY * (1 - y * y) })

  /// y = x Φ(x) with Φ(x) = (1 + erf(x / √2)) / 2; dx = dy (Φ(x) + x φ(x)), φ = Φ′.
  public static let gelu = Activation(
    name: "GELU", relativeError: 6e-7, kernel: ML_ACTIVATION_gelu, gradientUses: .input,
    value: { x in x * normalDistribution(x) },
    gradient: { x, _, dY in
      dY * (normalDistribution(x) + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot())
    })

  /// y = x σ(x); dx = dy σ(x) (1 + x (1 − σ(x))).
  public static let silu = Activation(
    name: "SiLU", relativeError: 3.6e-7, kernel: ML_ACTIVATION_silu, gradientUses: .input,
    value: { x in x / (1 + exp(-x)) },
    gradient: { x, _, dY in dY / (1 + exp(-x)) * (1 + x / (1 + exp(x))) })

  /// Φ(x) to the last digits also where it is small.
  private static func normalDistribution(_ x: Double) -> Double {
    erfc(-x / 2.0.squareRoot()) / 2
  }
}
