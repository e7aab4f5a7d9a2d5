/// A buffer of the pool for what is not a tensor: packed operands of a product, bits of masks.
///
/// Unchecked `Sendable`: whoever shares one only reads it.
final class PooledMemory: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  private let capacity: Int

  /// Room for `byteCount` bytes, of undefined content, aligned to ``BufferPool/alignment``.
  init(byteCount: Int) {
    capacity = BufferPool.capacity(forBytes: byteCount)
    base = BufferPool.shared.take(capacity: capacity)
  }

  deinit { BufferPool.shared.give(base, capacity: capacity) }
}
