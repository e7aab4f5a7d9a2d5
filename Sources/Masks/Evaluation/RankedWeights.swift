import Tensors

/// The masked weights of a network from the one that a mask is surest to keep down to the one that it is
/// surest to remove: masks of any size.
public struct RankedWeights: Sendable {
  private let shapes: [(name: String, shape: Shape)]
  /// Places in all tensors one after the other, best first.
  private let order: [Int32]

  /// Ranks by logits; equal ones in the order of their place.
  ///
  /// - Parameter logits: one for every weight, by parameter name.
  public init(logits: [String: Tensor<Float>]) {
    let names = logits.keys.sorted(by: MaskSet.precedes)
    shapes = names.map { ($0, logits[$0]?.shape ?? [0]) }
    let all = names.flatMap { logits[$0]?.scalars ?? [] }
    order = all.withUnsafeBufferPointer { all in
      (0..<Int32(all.count)).sorted {
        (all[Int($0)], $1) > (all[Int($1)], $0)
      }
    }
  }

  /// Number of weights.
  public var count: Int { order.count }

  /// The mask that keeps the best of the whole network.
  ///
  /// - Parameter kept: how many, at most all.
  public func mask(keeping kept: Int) -> MaskSet {
    require(kept >= 0 && kept <= count, "\(kept) of \(count) weights kept")
    var bits = [UInt8](repeating: 0, count: count)
    for place in order.prefix(kept) { bits[Int(place)] = 1 }
    var masks: [String: BinaryMask] = [:]
    var start = 0
    for (name, shape) in shapes {
      masks[name] = BinaryMask(bits: Array(bits[start..<start + shape.count]), shape: shape)
      start += shape.count
    }
    return MaskSet(masks)
  }
}
