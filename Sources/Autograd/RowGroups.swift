import Tensors

/// Which rows of a batch each sample of a weight serves: contiguous groups, in the order of the samples.
///
/// A batch B×…×C whose first axis is cut into S equal slices has S equal groups of rows, so that
/// sample s(b) = ⌊b S / B⌋ serves element b. Packed sequences have groups of different sizes.
public struct RowGroups: Sendable, Hashable {
  /// The first row of every group, and at last the number of all rows: S + 1 ascending numbers.
  public let starts: [Int]

  /// Groups with the given boundaries.
  ///
  /// - Precondition: `starts` begins with 0 and never falls.
  public init(starts: [Int]) {
    require(
      starts.count >= 2 && starts[0] == 0
        && zip(starts, starts.dropFirst()).allSatisfy { $0 <= $1 },
      "row groups with boundaries \(starts)")
    self.starts = starts
  }

  /// Equal groups.
  ///
  /// - Precondition: the number of rows is divisible by the number of groups.
  public init(rows: Int, equalGroups count: Int) {
    require(
      count > 0 && rows % count == 0, "\(rows) rows cannot be cut into \(count) equal groups")
    let size = rows / count
    starts = (0...count).map { $0 * size }
  }

  /// The groups of the rows of a value for a weight, a bias or a scale in `samples` samples: the given
  /// ones, else equal slices of the batch; one group of all rows when there is one sample.
  ///
  /// - Parameters:
  ///   - x: B×…×C, of B·… rows.
  ///   - samples: S.
  ///   - groups: what is known about the rows; there are S.
  ///   - operation: whose rows they are, for messages.
  init(of x: Shape, samples: Int, _ groups: RowGroups? = nil, operation: String) {
    var rows = 1
    for axis in 0..<max(x.rank - 1, 0) { rows *= x[axis] }
    if let groups {
      require(
        groups.rows == rows && (groups.count == samples || samples == 1),
        "\(operation): \(samples) samples for \(groups.count) groups of \(groups.rows) rows and a "
          + "value \(x)")
      self = samples == 1 ? RowGroups(rows: rows, equalGroups: 1) : groups
      return
    }
    require(
      samples == 1 || (samples > 0 && x.rank > 1 && x[0] % samples == 0),
      "\(operation): a batch of \(x[0]) cannot be cut into \(samples) equal slices")
    self.init(rows: rows, equalGroups: samples)
  }

  /// S.
  public var count: Int { starts.count - 1 }

  /// The number of rows of all groups.
  public var rows: Int { starts[starts.count - 1] }

  /// The rows of a group.
  public subscript(group: Int) -> Range<Int> { starts[group]..<starts[group + 1] }

  /// Which of `samples` samples serves a group: ⌊group · samples / count⌋, the first one when there
  /// is only one.
  public func sample(serving group: Int, of samples: Int) -> Int {
    Self.sample(serving: group, among: count, of: samples)
  }

  /// s(b) = ⌊b S / B⌋, which of S samples serves item b of B.
  static func sample(serving item: Int, among count: Int, of samples: Int) -> Int {
    item * samples / count
  }

  /// One block per group, at the same place of input and output.
  public var blocks: [RowBlock] {
    (0..<count).map { group in
      RowBlock(
        sample: group, inputRow: starts[group], outputRow: starts[group], count: self[group].count)
    }
  }
}
