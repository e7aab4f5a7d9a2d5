/// A buffer of the pool, owned by the tensors and views that refer to it.
///
/// Unchecked `Sendable`: tensors write only to a buffer that nobody else refers to (copy on write).
final class Storage<Scalar: TensorScalar>: @unchecked Sendable {
  let base: UnsafeMutablePointer<Scalar>
  private let capacity: Int

  /// A buffer with room for `count` elements, of undefined content.
  init(count: Int) {
    capacity = BufferPool.capacity(forBytes: count * MemoryLayout<Scalar>.stride)
    base = BufferPool.shared.take(capacity: capacity).assumingMemoryBound(to: Scalar.self)
  }

  deinit { BufferPool.shared.give(base, capacity: capacity) }
}
