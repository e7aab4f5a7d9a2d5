import Foundation

/// How far two partitions of the same elements agree.
public struct PartitionAgreement: Sendable {
  /// How many elements each pair of labels has.
  private let joint: [Pair: Int]
  private let first: [Int: Int]
  private let second: [Int: Int]
  private let count: Int

  private struct Pair: Hashable {
    let first: Int
    let second: Int
  }

  /// Counts the labels of the elements; which numbers stand for the parts does not matter.
  public init(_ first: [Int], _ second: [Int]) {
    precondition(first.count == second.count, "\(first.count) and \(second.count) labels")
    count = first.count
    joint = zip(first, second).reduce(into: [:]) {
      $0[Pair(first: $1.0, second: $1.1), default: 0] += 1
    }
    self.first = first.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    self.second = second.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  /// The adjusted Rand index: 1 for equal partitions, 0 on average for random ones of these sizes.
  ///
  /// Reference: Hubert and Arabie: Comparing partitions. Journal of Classification, 1985.
  public var adjustedRandIndex: Double {
    func pairs(_ counts: some Sequence<Int>) -> Double {
      counts.reduce(0) { $0 + Double($1) * Double($1 - 1) / 2 }
    }
    let (a, b) = (pairs(first.values), pairs(second.values))
    let all = Double(count) * Double(count - 1) / 2
    let expected = all > 0 ? a * b / all : 0
    let largest = (a + b) / 2
    // Both have one part only, or every element is a part of its own.
    guard largest != expected else { return 1 }
    return (pairs(joint.values) - expected) / (largest - expected)
  }

  /// The mutual information divided by the arithmetic mean of the entropies, 0…1; 1 when both have
  /// only one part.
  public var normalizedMutualInformation: Double {
    let both = entropy(first.values) + entropy(second.values)
    return both > 0 ? 2 * mutualInformation / both : 1
  }

  /// What one label tells of the other, in nats, 0 or more; 0 when one partition has only one part.
  public var mutualInformation: Double {
    max(0, entropy(first.values) + entropy(second.values) - entropy(joint.values))
  }

  private func entropy(_ counts: some Sequence<Int>) -> Double {
    let total = Double(count)
    // Sorted, since the order of a dictionary differs between processes, and with it the last bit.
    return -counts.sorted().reduce(0) { $0 + Double($1) / total * log(Double($1) / total) }
  }
}
