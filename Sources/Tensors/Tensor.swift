/// A row-major array of `Float` (training) or `Double` (checks) with value semantics.
///
/// Copies share their buffer until one of them is written to. Views (``reshaped(to:)``,
/// ``rows(_:)``, ``slice(_:)``) share it too. Buffers come from ``BufferPool`` and return to it.
public struct Tensor<Scalar: TensorScalar>: Sendable {
  /// The extents, outermost axis first.
  public let shape: Shape
  private var storage: Storage<Scalar>
  private var offset: Int

  private init(shape: Shape, storage: Storage<Scalar>, offset: Int) {
    self.shape = shape
    self.storage = storage
    self.offset = offset
  }

  // MARK: Creation

  /// A tensor of undefined content, to be overwritten entirely.
  public init(uninitialized shape: Shape) {
    self.init(shape: shape, storage: Storage(count: shape.count), offset: 0)
  }

  /// A tensor with all elements equal.
  public init(repeating value: Scalar, shape: Shape) {
    self.init(uninitialized: shape)
    Scalar.fill(shape.count, value, storage.base)
  }

  /// A tensor of zeros.
  public init(zeros shape: Shape) { self.init(repeating: 0, shape: shape) }

  /// A tensor from its elements in row-major order.
  ///
  /// - Precondition: `scalars.count == shape.count`.
  public init(_ scalars: [Scalar], shape: Shape) {
    require(
      scalars.count == shape.count, "\(scalars.count) elements for shape \(shape)")
    self.init(uninitialized: shape)
    scalars.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { storage.base.update(from: start, count: source.count) }
    }
  }

  /// A tensor of rank 0.
  public init(scalar: Scalar) { self.init([scalar], shape: []) }

  // MARK: Reading

  /// Number of elements.
  public var count: Int { shape.count }

  /// The elements in row-major order.
  public var scalars: [Scalar] { withUnsafeBufferPointer(Array.init) }

  /// The only element.
  ///
  /// - Precondition: `count == 1`.
  public var item: Scalar {
    require(count == 1, "item of a tensor of shape \(shape)")
    return storage.base[offset]
  }

  /// The element at a position in row-major order.
  public subscript(flat index: Int) -> Scalar {
    get {
      require(index >= 0 && index < count, "index \(index) of \(count) elements")
      return storage.base[offset + index]
    }
    set {
      require(index >= 0 && index < count, "index \(index) of \(count) elements")
      makeUnique()
      storage.base[offset + index] = newValue
    }
  }

  /// The element at the given indices, one for every axis.
  public subscript(indices: Int...) -> Scalar {
    get { self[flat: position(of: indices)] }
    set { self[flat: position(of: indices)] = newValue }
  }

  private func position(of indices: [Int]) -> Int {
    require(indices.count == shape.rank, "\(indices.count) indices for shape \(shape)")
    var result = 0
    for (axis, index) in indices.enumerated() {
      require(index >= 0 && index < shape[axis], "index \(index) of axis \(axis) of \(shape)")
      result = result * shape[axis] + index
    }
    return result
  }

  // MARK: Views

  /// The same elements in another shape, without a copy.
  ///
  /// - Precondition: equal element counts.
  public func reshaped(to shape: Shape) -> Tensor {
    require(shape.count == count, "shape \(self.shape) cannot become \(shape)")
    return Tensor(shape: shape, storage: storage, offset: offset)
  }

  /// A range of the leading axis, without a copy.
  public func rows(_ range: Range<Int>) -> Tensor {
    require(
      shape.rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0],
      "rows \(range) of shape \(shape)")
    let row = shape.dropFirst()
    return Tensor(
      shape: row.prepending(range.count), storage: storage,
      offset: offset + range.lowerBound * row.count)
  }

  /// One index of the leading axis, which disappears, without a copy.
  public func slice(_ index: Int) -> Tensor {
    rows(index..<index + 1).reshaped(to: shape.dropFirst())
  }

  // MARK: Memory

  /// Gives access to the elements in row-major order.
  public func withUnsafeBufferPointer<Result>(
    _ body: (UnsafeBufferPointer<Scalar>) throws -> Result
  ) rethrows -> Result {
    try body(UnsafeBufferPointer(start: storage.base + offset, count: count))
  }

  /// Gives writing access to the elements; shared buffers are copied first.
  public mutating func withUnsafeMutableBufferPointer<Result>(
    _ body: (UnsafeMutableBufferPointer<Scalar>) throws -> Result
  ) rethrows -> Result {
    makeUnique()
    return try body(UnsafeMutableBufferPointer(start: storage.base + offset, count: count))
  }

  /// Gives access to the elements as bytes of the machine's byte order.
  public func withUnsafeBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try withUnsafeBufferPointer { try body(UnsafeRawBufferPointer($0)) }
  }

  private mutating func makeUnique() {
    guard !isKnownUniquelyReferenced(&storage) else { return }
    let copy = Storage<Scalar>(count: count)
    copy.base.update(from: storage.base + offset, count: count)
    storage = copy
    offset = 0
  }

  /// The elements rounded to another type.
  @_specialize(where Scalar == Float, Other == Double)
  @_specialize(where Scalar == Double, Other == Float)
  public func converted<Other: TensorScalar>(to type: Other.Type) -> Tensor<Other> {
    var result = Tensor<Other>(uninitialized: shape)
    result.write { out, count in
      read { x, _ in
        for i in 0..<count { out[i] = Other(x[i]) }
      }
    }
    return result
  }
}

extension Tensor: Equatable {
  /// Whether shapes and all elements are equal (so `NaN` differs from itself).
  public static func == (a: Tensor, b: Tensor) -> Bool {
    a.shape == b.shape
      && a.withUnsafeBufferPointer { x in b.withUnsafeBufferPointer { y in x.elementsEqual(y) } }
  }
}

extension Tensor: CustomStringConvertible {
  /// Shape and the first elements.
  public var description: String {
    let shown = scalars.prefix(8).map { "\($0)" }.joined(separator: ", ")
    return "Tensor(\(shape): \(shown)\(count > 8 ? ", …" : ""))"
  }
}
