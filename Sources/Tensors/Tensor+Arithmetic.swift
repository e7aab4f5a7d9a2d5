extension Tensor {
  /// Applies a binary kernel to two tensors of one shape.
  private static func combine(
    _ a: Tensor, _ b: Tensor, _ kernel: (Int, Scalar.In, Scalar.In, Scalar.Out) -> Void
  ) -> Tensor {
    require(a.shape == b.shape, "shapes \(a.shape) and \(b.shape) differ")
    var result = Tensor(uninitialized: a.shape)
    result.write { out, n in a.read { x, _ in b.read { y, _ in kernel(n, x, y, out) } } }
    return result
  }

  /// Elementwise sum of tensors of one shape.
  public static func + (a: Tensor, b: Tensor) -> Tensor { combine(a, b, Scalar.add) }
  /// Elementwise difference of tensors of one shape.
  public static func - (a: Tensor, b: Tensor) -> Tensor { combine(a, b, Scalar.subtract) }
  /// Elementwise (Hadamard) product of tensors of one shape.
  public static func * (a: Tensor, b: Tensor) -> Tensor { combine(a, b, Scalar.multiply) }

  /// The tensor times a number.
  public static func * (s: Scalar, a: Tensor) -> Tensor {
    a.map { n, x, out in Scalar.scale(n, s, x, out) }
  }

  /// Sets every element.
  public mutating func fill(_ value: Scalar) {
    write { out, n in Scalar.fill(n, value, out) }
  }

  /// Multiplies every element by a number.
  public mutating func scale(by s: Scalar) {
    write { out, n in Scalar.scale(n, s, Scalar.In(out), out) }
  }

  /// Adds `s · other`, elementwise.
  public mutating func add(_ other: Tensor, scaledBy s: Scalar = 1) {
    require(shape == other.shape, "shapes \(shape) and \(other.shape) differ")
    write { out, n in other.read { x, _ in Scalar.addScaled(n, s, x, out) } }
  }

  /// Multiplies elementwise.
  public mutating func multiply(by other: Tensor) {
    require(shape == other.shape, "shapes \(shape) and \(other.shape) differ")
    write { out, n in other.read { x, _ in Scalar.multiply(n, Scalar.In(out), x, out) } }
  }

  // MARK: Access for kernels

  /// Passes the address and the number of the elements.
  func read(_ body: (Scalar.In, Int) -> Void) {
    withUnsafeBufferPointer { buffer in
      if let start = buffer.baseAddress { body(start, buffer.count) }
    }
  }

  /// Passes the address and the number of the elements for writing.
  mutating func write(_ body: (Scalar.Out, Int) -> Void) {
    withUnsafeMutableBufferPointer { buffer in
      if let start = buffer.baseAddress { body(start, buffer.count) }
    }
  }

  /// A tensor of the same shape, computed by a kernel.
  func map(_ kernel: (Int, Scalar.In, Scalar.Out) -> Void) -> Tensor {
    var result = Tensor(uninitialized: shape)
    result.write { out, n in read { x, _ in kernel(n, x, out) } }
    return result
  }
}
