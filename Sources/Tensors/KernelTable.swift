import CKernels
import Foundation
import Synchronization

/// The instruction-set level of the elementwise kernels.
///
/// All levels compute the same bits elementwise and draw the same masks. Products round differently
/// at the base level, which has no fused multiply-add.
public enum KernelLevel: String, CaseIterable, Sendable {
  /// What every processor of the architecture runs.
  case base
  /// x86-64-v3: AVX2.
  case v3
  /// x86-64-v4: AVX-512.
  case v4

  var number: Int32 {
    switch self {
    case .base: 0
    case .v3: 1
    case .v4: 2
    }
  }

  /// Whether products of this level use fused multiply-adds.
  public var hasFusedMultiplyAdd: Bool { self != .base }

  /// Whether this processor runs the level.
  public var isAvailable: Bool { ml_kernels_at_level(number) != nil }

  /// The fastest level of this processor.
  public static var best: KernelLevel { allCases.last { $0.isAvailable } ?? .base }

  /// The level in use: the one named by the environment variable `MODLAB_KERNELS`, else the best.
  public static var active: KernelLevel {
    KernelLevel(rawValue: String(cString: KernelTable.active.pointee.name)) ?? .base
  }
}

extension KernelLevel {
  /// Runs `body` with the kernels of this level, for tests that compare levels.
  ///
  /// - Precondition: ``isAvailable``.
  public func use<Result>(_ body: () throws -> Result) rethrows -> Result {
    KernelTable.isForcedSomewhere.store(true, ordering: .relaxed)
    return try KernelTable.$forced.withValue(self, operation: body)
  }
}

enum KernelTable {
  /// Read once at start: the level does not change while tensors are being computed.
  private nonisolated(unsafe) static let chosen: UnsafePointer<ml_kernels> = {
    let wanted = ProcessInfo.processInfo.environment["MODLAB_KERNELS"].flatMap(KernelLevel.init)
    return table(wanted.flatMap { $0.isAvailable ? $0 : nil } ?? .best)
  }()

  @TaskLocal static var forced: KernelLevel?

  /// Whether a level was ever forced. Until then kernels do not ask the task for one, which would
  /// take longer than a short kernel. A task that forces a level sees its own store.
  static let isForcedSomewhere = Atomic(false)

  static var active: UnsafePointer<ml_kernels> {
    guard isForcedSomewhere.load(ordering: .relaxed) else { return chosen }
    return forced.map(table) ?? chosen
  }

  private static func table(_ level: KernelLevel) -> UnsafePointer<ml_kernels> {
    guard let table = ml_kernels_at_level(level.number) else {
      fatalError("kernel level \(level.rawValue) is not available on this processor")
    }
    return table
  }
}
