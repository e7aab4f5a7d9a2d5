import Tensors

/// One way of using an operation: the shapes of its inputs and the computation, in either
/// precision.
public struct OperationSample<Scalar: TensorScalar> {
  /// An input of a sample: its shape, and the range its elements are drawn from uniformly.
  public struct Input: Sendable {
    let shape: Shape
    let range: ClosedRange<Float>
    /// Elements are moved away from 0 by this much.
    let minimumMagnitude: Float

    /// An input of the given shape with elements drawn from a range, but no closer to 0 than a
    /// magnitude.
    public init(
      _ shape: Shape, in range: ClosedRange<Float> = -1...1, minimumMagnitude: Float = 0
    ) {
      self.shape = shape
      self.range = range
      self.minimumMagnitude = minimumMagnitude
    }

    /// Random elements that `Float` represents exactly, so that both precisions start from the same
    /// numbers.
    func draw(_ stream: RandomStream) -> Tensor<Float> {
      var tensor: Tensor<Float> = stream.uniform(shape, in: range)
      for i in 0..<tensor.count where minimumMagnitude > 0 {
        let x = tensor[flat: i]
        tensor[flat: i] = x < 0 ? x - minimumMagnitude : x + minimumMagnitude
      }
      return tensor
    }
  }

  /// The computation under test.
  public typealias Function = @Sendable (Graph<Scalar>, [Value<Scalar>]) -> Value<Scalar>

  let name: String
  let inputs: [Input]
  let inputsWithoutEffect: Set<Int>
  let function: Function

  /// A sample.
  ///
  /// - Parameters:
  ///   - name: what is special, unique within the operation.
  ///   - inputs: what the elements of the inputs are drawn from.
  ///   - inputsWithoutEffect: positions of inputs whose gradient is zero, for example the weights
  ///     of an empty batch. A zero gradient that is not announced here fails the check.
  ///   - function: the computation, with the inputs as variables.
  public init(
    _ name: String, inputs: [Input], inputsWithoutEffect: Set<Int> = [],
    function: @escaping Function
  ) {
    self.name = name
    self.inputs = inputs
    self.inputsWithoutEffect = inputsWithoutEffect
    self.function = function
  }
}

/// The samples of one operation, declared in the file of the operation.
public protocol GradientCheckSource: Sendable {
  /// The name of the operation, equal to the name of its file.
  static var operation: String { get }

  /// The samples; the same list for both precisions.
  static func samples<Scalar: TensorScalar>() -> [OperationSample<Scalar>]
}
