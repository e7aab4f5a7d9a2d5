import Tensors

/// The result of an operation on a ``Graph``: a tensor and its place on the graph's tape.
///
/// A value that needs no gradient, a constant or something computed from constants only, has no
/// place on the tape: the backward pass does no work for it. Values are meant to be short-lived;
/// one that is kept keeps its tensor's buffer from being reused.
public struct Value<Scalar: TensorScalar> {
  /// The numbers.
  public let tensor: Tensor<Scalar>
  /// Position on the tape, or -1 for a constant.
  let index: Int
  /// The tape the position refers to; resetting a graph starts another tape.
  let tape: UInt64

  init(_ tensor: Tensor<Scalar>, index: Int, tape: UInt64) {
    self.tensor = tensor
    self.index = index
    self.tape = tape
  }

  /// The extents of ``tensor``.
  public var shape: Shape { tensor.shape }

  /// Whether a gradient with respect to this value is, or can be, computed.
  public var needsGradient: Bool { index >= 0 }
}
