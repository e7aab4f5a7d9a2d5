import Tensors

/// Where the gradient of a value is collected, without the value's tensor.
///
/// A pullback that does not need the numbers of an input captures its place instead of the value,
/// so that the tensor's buffer is free for reuse during the forward pass.
public struct GradientPlace<Scalar: TensorScalar> {
  let index: Int
  /// The extents of the value and its gradient.
  public let shape: Shape
}

extension Value {
  /// Where the gradient of this value is collected.
  public var place: GradientPlace<Scalar> { GradientPlace(index: index, shape: shape) }
}

/// The hands of a pullback: where it puts its contributions to the gradients of its inputs.
///
/// A pullback asks ``wants(_:)-(Value<Scalar>)`` before it does work that only one input needs.
/// Contributions to inputs that need no gradient are dropped, so the question may be omitted where
/// it saves nothing.
public struct Pull<Scalar: TensorScalar> {
  unowned let graph: Graph<Scalar>

  /// Whether the input needs a gradient.
  public func wants(_ x: GradientPlace<Scalar>) -> Bool { x.index >= 0 }

  /// Whether the input needs a gradient.
  public func wants(_ x: Value<Scalar>) -> Bool { wants(x.place) }

  /// Adds a finished tensor to the gradient of an input; the buffer is shared, not copied, when it
  /// is the first contribution.
  ///
  /// - Precondition: equal shapes.
  public func add(_ contribution: Tensor<Scalar>, to x: GradientPlace<Scalar>) {
    guard wants(x) else { return }
    require(
      contribution.shape == x.shape, "gradient \(contribution.shape) for a value \(x.shape)")
    graph.add(contribution, toNode: x.index)
  }

  /// Adds a finished tensor to the gradient of an input.
  public func add(_ contribution: Tensor<Scalar>, to x: Value<Scalar>) {
    add(contribution, to: x.place)
  }

  /// Lets a loop put its contribution straight into the gradient of an input.
  ///
  /// - Parameters:
  ///   - x: the input.
  ///   - body: receives the gradient and `adds`: when true it must add to all elements, when false
  ///     it must overwrite all elements, whose content is undefined. Not called when no gradient is
  ///     needed.
  public func accumulate(
    into x: GradientPlace<Scalar>, _ body: (_ dX: inout Tensor<Scalar>, _ adds: Bool) -> Void
  ) {
    guard wants(x) else { return }
    graph.accumulate(intoNode: x.index, shape: x.shape, body)
  }

  /// Lets a loop put its contribution straight into the gradient of an input.
  public func accumulate(
    into x: Value<Scalar>, _ body: (_ dX: inout Tensor<Scalar>, _ adds: Bool) -> Void
  ) {
    accumulate(into: x.place, body)
  }
}
