import Statistics
import Tensors

/// The units of a layer that have a cluster: whether a mask keeps them, and which cluster it is.
public struct MaskedUnits: Sendable {
  /// 1 for units of which the mask keeps an incoming weight, else 0.
  public let kept: [Int]
  /// The cluster of each.
  public let labels: [Int]

  /// - Parameters:
  ///   - bits: the mask of the incoming weights, units × inputs; 1: kept.
  ///   - labels: one per unit; −1 for units that do not count.
  /// - Precondition: there are as many bits for each unit.
  public init(bits: [UInt8], labels: [Int]) {
    let inputs = bits.count / max(labels.count, 1)
    require(
      bits.count == inputs * labels.count,
      "\(bits.count) mask bits of \(labels.count) units are not equally many for each")
    let live = labels.indices.filter { labels[$0] >= 0 }
    kept = live.map { bits[($0 * inputs)..<(($0 + 1) * inputs)].contains(1) ? 1 : 0 }
    self.labels = live.map { labels[$0] }
  }

  /// What being kept and the cluster say of each other.
  public var agreement: PartitionAgreement { PartitionAgreement(kept, labels) }

  /// The mean mutual information with permuted labels, in nats: what chance alone gives.
  public func chance(samples: Int, random: RandomStream) -> Double {
    let found = (0..<samples).map { sample in
      let order = random.permutation(labels.count, step: sample)
      return PartitionAgreement(kept, order.map { labels[$0] }).mutualInformation
    }
    return PairwiseSum.sum(found) / Double(samples)
  }
}
