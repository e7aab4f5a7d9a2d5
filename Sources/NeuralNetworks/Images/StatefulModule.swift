import Tensors

/// A named tensor that belongs to a module and is not learned, such as a running mean: what a
/// checkpoint must hold besides the parameters.
public final class StateBuffer<Scalar: TensorScalar> {
  /// The dotted name, as PyTorch would call it: `norm.running_mean`.
  public let name: String
  /// The numbers.
  public var value: Tensor<Scalar>

  /// A buffer with its initial value.
  public init(name: String, value: Tensor<Scalar>) {
    self.name = name
    self.value = value
  }
}

/// Something that owns parameters and also changes tensors of its own while it is trained.
public protocol StatefulModule<Scalar>: ParameterContainer {
  /// The tensors in a fixed order.
  var buffers: [StateBuffer<Scalar>] { get }
}

extension StatefulModule {
  /// The buffers by name, for checkpoints.
  public var bufferState: [String: Tensor<Scalar>] {
    Dictionary(uniqueKeysWithValues: buffers.map { ($0.name, $0.value) })
  }

  /// Takes over buffers from a checkpoint; further names are ignored.
  ///
  /// - Throws: ``OptimizerStateError`` when a tensor is missing or has another shape; nothing is
  ///   then changed.
  public func restoreBuffers(from state: [String: Tensor<Scalar>]) throws(OptimizerStateError) {
    var found: [Tensor<Scalar>] = []
    for buffer in buffers {
      guard let tensor = state[buffer.name] else { throw .missing(name: buffer.name) }
      guard tensor.shape == buffer.value.shape else {
        throw .shape(name: buffer.name, expected: buffer.value.shape, found: tensor.shape)
      }
      found.append(tensor)
    }
    for (buffer, tensor) in zip(buffers, found) { buffer.value = tensor }
  }
}
