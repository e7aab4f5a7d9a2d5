import Autograd
import Tensors

/// A function of every element, or of every row.
public enum ActivationFunction: String, Sendable, Hashable, CaseIterable {
  /// max(x, 0).
  case relu
  /// x Φ(x) with the distribution function Φ of N(0, 1).
  case gelu
  /// The hyperbolic tangent.
  case tanh
  /// 1 / (1 + exp(−x)).
  case sigmoid
  /// x / (1 + exp(−x)).
  case silu
  /// Turns the last axis into a distribution.
  case softmax
}

/// A function of a value, without parameters.
///
/// Shapes: any → the same.
struct ActivationLayer<Scalar: TensorScalar>: Module {
  let function: ActivationFunction

  var parameters: [Parameter<Scalar>] { [] }

  func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    switch function {
    case .relu: pass.redirectsReLU ? pass.graph.redirectedReLU(x) : pass.graph.relu(x)
    case .gelu: pass.graph.gelu(x)
    case .tanh: pass.graph.tanh(x)
    case .sigmoid: pass.graph.sigmoid(x)
    case .silu: pass.graph.silu(x)
    case .softmax: pass.graph.softmax(x)
    }
  }
}

/// An activation function as a layer.
public struct ActivationDescription: LayerKind {
  /// Which one.
  public let function: ActivationFunction

  /// A layer of a function.
  public init(_ function: ActivationFunction) { self.function = function }

  /// The function's name.
  public var title: String { function.rawValue }

  /// The same.
  public func output(of input: Shape) throws(DescriptionError) -> Shape {
    guard function != .softmax || input.rank > 0 else {
      throw DescriptionError("a softmax of an input without axes")
    }
    return input
  }

  /// The function.
  public func makeLayer<Scalar: TensorScalar>(
    name: String, input: Shape, random: RandomSource
  ) -> any Module<Scalar> {
    ActivationLayer(function: function)
  }
}

extension LayerDescription {
  /// An activation function.
  public static func activation(
    _ function: ActivationFunction, name: String = ""
  ) -> LayerDescription {
    LayerDescription(name, ActivationDescription(function))
  }
}
