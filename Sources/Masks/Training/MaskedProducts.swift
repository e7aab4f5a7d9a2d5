import Foundation
import Tensors

/// How products with masked weights are computed.
public enum MaskedProducts: String, Sendable, Hashable, CaseIterable {
  /// Masks exist as bits, which are expanded inside the product kernels.
  case fused
  /// Every sample of a masked weight is written to memory, and all products with weights go through
  /// the linear-algebra library: the oracle of the other way, and what processors without fused
  /// multiply-adds use.
  case materialized

  /// The way in use: the one named by the environment variable `MODLAB_MASKED_PRODUCTS`, else the
  /// faster one on this processor.
  public static var active: MaskedProducts {
    forced ?? chosen ?? (KernelLevel.active.hasFusedMultiplyAdd ? .fused : .materialized)
  }

  /// Computes products in this way while `body` runs, for tests that compare the ways.
  public func use<Result>(_ body: () throws -> Result) rethrows -> Result {
    try Self.$forced.withValue(self, operation: body)
  }

  @TaskLocal private static var forced: MaskedProducts?
  private static let chosen = ProcessInfo.processInfo.environment["MODLAB_MASKED_PRODUCTS"]
    .flatMap(MaskedProducts.init)
}
