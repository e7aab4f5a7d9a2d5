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
  /// The accumulators, of divided ones the block.
  private var buffers: [String: GradientBuffer<Scalar>]
  /// What lies outside of blocks.
  private var settled: [String: SettledGradient<Scalar>] = [:]

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

  /// Sum of the squares of all accumulators, in the order of the parameters, what has left last.
  var sumOfSquares: Double {
    let sum = names.reduce(0) { $0 + (buffers[$1]?.sumOfSquares ?? 0) }
    return names.reduce(sum) { $0 + (settled[$1]?.sumOfSquares(addedTo: $0) ?? 0) }
  }

  func scale(by coefficient: Double) {
    for name in names {
      buffers[name]?.scale(by: Scalar(coefficient))
      settled[name]?.scale(by: Scalar(coefficient))
    }
  }

  /// The accumulators by parameter name, for checkpoints. Assigning restores them.
  public var tensors: [String: Tensor<Scalar>] {
    get {
      Dictionary(
        uniqueKeysWithValues: names.compactMap { name in self[name].map { (name, $0) } })
    }
    set {
      for (name, tensor) in newValue {
        if let block = settled[name]?.block {
          divide(tensor, of: name, block)
        } else {
          buffers[name]?.tensor = tensor
        }
      }
    }
  }

  /// The accumulator of a parameter.
  public subscript(name: String) -> Tensor<Scalar>? {
    buffers[name].map { buffer in
      settled[name]?.whole(with: buffer.tensor) ?? buffer.tensor
    }
  }

  // MARK: Live blocks

  /// From now on, to parameters that have a block only what lies in it is added, of its shape.
  func divide(by blocks: [String: LiveBlock]) {
    for name in names where blocks[name] != settled[name]?.block {
      guard let whole = self[name] else { continue }
      if let block = blocks[name] {
        divide(whole, of: name, block)
      } else {
        settled[name] = nil
        buffers[name] = GradientBuffer(shape: whole.shape)
        buffers[name]?.tensor = whole
      }
    }
  }

  private func divide(_ whole: Tensor<Scalar>, of name: String, _ block: LiveBlock) {
    settled[name] = SettledGradient(of: whole, outside: block)
    buffers[name] = GradientBuffer(shape: block.elementShape)
    buffers[name]?.tensor = whole.elements(of: block)
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
