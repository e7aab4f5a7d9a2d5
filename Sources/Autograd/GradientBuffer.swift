import Tensors

/// A gradient that outlives the tape: contributions of every backward pass are added until it is
/// cleared.
///
/// Optimisers read it, gradient clipping scales it, and accumulators that are never cleared
/// (gradients of frozen parameters under the reference's clipping) are plain buffers too. A cleared
/// buffer is not filled with zeros: the next contribution overwrites it, which saves a pass over
/// the memory.
public final class GradientBuffer<Scalar: TensorScalar> {
  /// The extents of the gradient.
  public let shape: Shape
  private var storage: Tensor<Scalar>

  /// Whether nothing has been added since creation or the last ``clear()``; ``tensor`` is then
  /// zero.
  public private(set) var isEmpty = true

  /// An empty buffer.
  public init(shape: Shape) {
    self.shape = shape
    storage = Tensor(zeros: shape)
  }

  /// The sum of the contributions since the last ``clear()``.
  ///
  /// Assigning replaces it, for example when a checkpoint is restored.
  ///
  /// - Precondition: an assigned tensor has the buffer's shape.
  public var tensor: Tensor<Scalar> {
    get {
      isEmpty ? Tensor(zeros: shape) : storage
    }
    set {
      require(newValue.shape == shape, "gradient \(newValue.shape) for buffer \(shape)")
      storage = newValue
      isEmpty = false
    }
  }

  /// Forgets all contributions. O(1).
  public func clear() { isEmpty = true }

  /// Adds a tensor.
  ///
  /// - Precondition: equal shapes.
  public func add(_ contribution: Tensor<Scalar>) {
    require(
      contribution.shape == shape, "gradient \(contribution.shape) for buffer \(shape)")
    // The first contribution is shared, not copied; writing to it later copies if it is still
    // shared.
    if isEmpty { storage = contribution } else { storage.add(contribution) }
    isEmpty = false
  }

  /// Multiplies by a factor in place.
  public func scale(by factor: Scalar) {
    guard !isEmpty else { return }
    storage.scale(by: factor)
  }

  /// Multiplies element by element in place.
  ///
  /// - Precondition: equal shapes.
  public func multiply(by factors: Tensor<Scalar>) {
    guard !isEmpty else { return }
    storage.multiply(by: factors)
  }

  /// The sum of the squares of all elements, in double precision.
  public var sumOfSquares: Double { sumOfSquares(offset: 0) }

  /// The sum of the squares of all elements, each plus an offset, in double precision.
  public func sumOfSquares(offset: Scalar) -> Double {
    isEmpty
      ? Double(offset) * Double(offset) * Double(shape.count) : storage.sumOfSquares(offset: offset)
  }

  /// Whether all elements are finite.
  public var isFinite: Bool { isEmpty || storage.isFinite }

  /// Lets a loop write (`adds` false) or add (`adds` true) all elements in place.
  public func accumulate(_ body: (_ total: inout Tensor<Scalar>, _ adds: Bool) -> Void) {
    body(&storage, !isEmpty)
    isEmpty = false
  }

  /// Gives access to the gradient without copying it; zeros when nothing has been added.
  public func withTensor<Result>(_ body: (Tensor<Scalar>) throws -> Result) rethrows -> Result {
    if isEmpty {
      storage.fill(0)
      isEmpty = false
    }
    return try body(storage)
  }
}
