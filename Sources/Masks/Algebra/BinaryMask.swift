import Tensors

/// Which weights of one tensor are kept.
public struct BinaryMask: Sendable, Hashable {
  /// The extents of the masked tensor.
  public let shape: Shape
  /// 1 for kept, 0 for removed weights, in row-major order.
  public private(set) var bits: [UInt8]

  /// A mask from its bits.
  ///
  /// - Precondition: one bit, 0 or 1, for every element of `shape`.
  public init(bits: [UInt8], shape: Shape) {
    require(bits.count == shape.count, "\(bits.count) mask bits for shape \(shape)")
    require(bits.allSatisfy { $0 <= 1 }, "mask bits are 0 or 1")
    self.shape = shape
    self.bits = bits
  }

  /// Keeps everything, or nothing.
  public init(keepingAll: Bool, shape: Shape) {
    self.init(bits: [UInt8](repeating: keepingAll ? 1 : 0, count: shape.count), shape: shape)
  }

  /// Number of weights.
  public var count: Int { bits.count }

  /// Number of kept weights.
  public var keptCount: Int { bits.reduce(0) { $0 + Int($1) } }

  /// The complement.
  public static prefix func ! (mask: BinaryMask) -> BinaryMask {
    BinaryMask(bits: mask.bits.map { 1 - $0 }, shape: mask.shape)
  }

  /// What both keep.
  public static func & (a: BinaryMask, b: BinaryMask) -> BinaryMask { combine(a, b, &) }

  /// What either keeps.
  public static func | (a: BinaryMask, b: BinaryMask) -> BinaryMask { combine(a, b, |) }

  /// What `a` keeps and `b` does not.
  public static func - (a: BinaryMask, b: BinaryMask) -> BinaryMask {
    combine(a, b) { $0 & (1 - $1) }
  }

  private static func combine(
    _ a: BinaryMask, _ b: BinaryMask, _ operation: (UInt8, UInt8) -> UInt8
  ) -> BinaryMask {
    require(a.shape == b.shape, "masks of shapes \(a.shape) and \(b.shape)")
    return BinaryMask(bits: zip(a.bits, b.bits).map(operation), shape: a.shape)
  }

  /// Number of weights that both keep.
  public func intersectionCount(_ other: BinaryMask) -> Int {
    require(shape == other.shape, "masks of shapes \(shape) and \(other.shape)")
    return zip(bits, other.bits).reduce(0) { $0 + Int($1.0 & $1.1) }
  }

  /// The weights with the removed ones set to zero.
  public func applied<Scalar: TensorScalar>(to weights: Tensor<Scalar>) -> Tensor<Scalar> {
    require(shape == weights.shape, "mask \(shape) for weights \(weights.shape)")
    var result = weights
    result.withUnsafeMutableBufferPointer { out in
      for index in bits.indices where bits[index] == 0 { out[index] = 0 }
    }
    return result
  }

  /// One value for kept and another one for removed weights.
  public func values<Scalar: TensorScalar>(kept: Scalar, removed: Scalar) -> Tensor<Scalar> {
    Tensor(bits.map { $0 == 0 ? removed : kept }, shape: shape)
  }

  /// The elements of one tensor where weights are kept, those of another one elsewhere.
  public func choosing<Scalar: TensorScalar>(
    _ kept: Tensor<Scalar>, otherwise removed: Tensor<Scalar>
  ) -> Tensor<Scalar> {
    require(
      shape == kept.shape && shape == removed.shape,
      "mask \(shape) for tensors \(kept.shape) and \(removed.shape)")
    var result = kept
    result.withUnsafeMutableBufferPointer { out in
      removed.withUnsafeBufferPointer { removed in
        for index in bits.indices where bits[index] == 0 { out[index] = removed[index] }
      }
    }
    return result
  }
}
