import Autograd
import NeuralNetworks
import Tensors

/// The accumulated gradients of a frozen network, which ``ClipScope/reference`` clips along with
/// those of the logits.
///
/// One accumulator A per frozen parameter, masked or not. It starts from the clipped gradient of
/// the last pre-training step; every mask step adds dL/dw (for a masked weight Σₖ G⁽ᵏ⁾ ⊙ m⁽ᵏ⁾) and
/// multiplies by the clipping coefficient. It is never cleared. Stages that are trained one after the
/// other carry it on; stages that are independent of each other take a ``copy()`` each.
public final class FrozenGradients<Scalar: TensorScalar> {
  private let names: [String]
  private let buffers: [String: GradientBuffer<Scalar>]

  /// Accumulators for parameters, starting from the given gradients (zero where none is given).
  public init(_ parameters: [Parameter<Scalar>], startingFrom gradients: [String: Tensor<Scalar>]) {
    names = parameters.map(\.name)
    buffers = Dictionary(
      uniqueKeysWithValues: parameters.map { parameter in
        let buffer = GradientBuffer<Scalar>(shape: parameter.shape)
        if let start = gradients[parameter.name] { buffer.tensor = start }
        return (parameter.name, buffer)
      })
  }

  /// Accumulators of their own with the same numbers.
  public func copy() -> FrozenGradients {
    FrozenGradients(names: names, startingFrom: tensors)
  }

  private init(names: [String], startingFrom gradients: [String: Tensor<Scalar>]) {
    self.names = names
    buffers = gradients.mapValues { gradient in
      let buffer = GradientBuffer<Scalar>(shape: gradient.shape)
      buffer.tensor = gradient
      return buffer
    }
  }

  /// The accumulator of a parameter.
  public subscript(name: String) -> GradientBuffer<Scalar>? { buffers[name] }

  /// Sum of the squares of all accumulators, in the order of the parameters.
  var sumOfSquares: Double { names.reduce(0) { $0 + (buffers[$1]?.sumOfSquares ?? 0) } }

  func scale(by coefficient: Double) {
    for name in names { buffers[name]?.scale(by: Scalar(coefficient)) }
  }

  /// The accumulators by parameter name, for checkpoints. Assigning restores them.
  public var tensors: [String: Tensor<Scalar>] {
    get { buffers.mapValues(\.tensor) }
    set {
      for (name, tensor) in newValue { buffers[name]?.tensor = tensor }
    }
  }
}

/// Frozen parameters that collect their gradients.
extension FrozenGradients: ParameterSource {
  /// A leaf that adds to the accumulator, or a constant for a parameter without one.
  public func value(of parameter: Parameter<Scalar>, on graph: Graph<Scalar>) -> Value<Scalar> {
    buffers[parameter.name].map { graph.variable(parameter.value, accumulatingInto: $0) }
      ?? graph.constant(parameter.value)
  }
}
