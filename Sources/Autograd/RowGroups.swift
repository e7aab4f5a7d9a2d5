import Tensors

/// Which rows of a batch each weight sample serves: contiguous groups, in the order of the samples.
///
/// A batch B×…×C whose first axis is cut into S equal slices has S equal groups of rows. Packed
/// sequences have groups of different sizes.
public struct RowGroups: Sendable, Hashable {
  /// The first row of every group, and at last the number of all rows: S + 1 ascending numbers.
  public let starts: [Int]

  /// Groups with the given boundaries.
  ///
  /// - Precondition: `starts` begins with 0 and never falls.
  public init(starts: [Int]) {
    precondition(
      starts.count >= 2 && starts[0] == 0
        && zip(starts, starts.dropFirst()).allSatisfy { $0 <= $1 },
      "row groups with boundaries \(starts)")
    self.starts = starts
  }

  /// Equal groups.
  ///
  /// - Precondition: the number of rows is divisible by the number of groups.
  public init(rows: Int, equalGroups count: Int) {
    precondition(
      count > 0 && rows % count == 0, "\(rows) rows cannot be cut into \(count) equal groups")
    let size = rows / count
    starts = (0...count).map { $0 * size }
  }

  /// S.
  public var count: Int { starts.count - 1 }

  /// The number of rows of all groups.
  public var rows: Int { starts[starts.count - 1] }

  /// The rows of a group.
  public subscript(group: Int) -> Range<Int> { starts[group]..<starts[group + 1] }

  /// One block per group, at the same place of input and output.
  public var blocks: [RowBlock] {
    (0..<count).map { group in
      RowBlock(
        sample: group, inputRow: starts[group], outputRow: starts[group], count: self[group].count)
    }
  }
}
