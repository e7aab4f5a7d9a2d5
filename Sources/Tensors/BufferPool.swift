import Foundation
import Synchronization

/// Recycles the memory of tensors.
///
/// A training step creates and drops the same tensors again and again. Their buffers come from here
/// and return here, so that after the first steps no memory is requested from the system: no page
/// faults, flat memory. Buffers are grouped by size, rounded up to one eighth of a power of two.
public final class BufferPool: Sendable {
  /// The pool of the process.
  public static let shared = BufferPool()

  /// Addresses of tensors are multiples of this, in bytes.
  public static let alignment = 64
  /// From this size on, buffers are aligned to and advised for huge pages, in bytes.
  static let hugePage = 2 << 20

  private struct State {
    var free: [Int: [UInt]] = [:]
    var misses = 0
    var freeBytes = 0
  }
  private let state = Mutex(State())

  /// How often memory had to be requested from the system so far.
  public var misses: Int { state.withLock { $0.misses } }

  /// Bytes held for later use.
  public var freeBytes: Int { state.withLock { $0.freeBytes } }

  /// The capacity in bytes that a request is rounded up to.
  static func capacity(forBytes bytes: Int) -> Int {
    let least = max(bytes, alignment)
    let power = 1 << (Int.bitWidth - 1 - least.leadingZeroBitCount)
    let granule = max(alignment, power / 8)
    return (least + granule - 1) / granule * granule
  }

  func take(capacity: Int) -> UnsafeMutableRawPointer {
    let recycled = state.withLock { state -> UInt? in
      if let address = state.free[capacity]?.popLast() {
        state.freeBytes -= capacity
        return address
      }
      state.misses += 1
      return nil
    }
    if let recycled, let pointer = UnsafeMutableRawPointer(bitPattern: recycled) { return pointer }
    return Self.allocate(capacity)
  }

  func give(_ pointer: UnsafeMutableRawPointer, capacity: Int) {
    state.withLock { state in
      state.free[capacity, default: []].append(UInt(bitPattern: pointer))
      state.freeBytes += capacity
    }
  }

  private static func allocate(_ capacity: Int) -> UnsafeMutableRawPointer {
    var pointer: UnsafeMutableRawPointer?
    let isHuge = capacity >= hugePage
    let status = posix_memalign(&pointer, isHuge ? hugePage : alignment, capacity)
    guard status == 0, let pointer else { fatalError("out of memory: \(capacity) bytes") }
    if isHuge { madvise(pointer, capacity, Int32(MADV_HUGEPAGE)) }
    return pointer
  }
}
