import Tensors

/// Which rows attend to which: every element's queries to its own keys.
///
/// Rows of one element follow each other, so that an element is a matrix and nothing is spent on
/// padding.
public struct AttentionPattern: Sendable, Hashable {
  /// The number of heads.
  public let heads: Int
  /// The rows of every element's queries.
  public let queries: [Range<Int>]
  /// The rows of every element's keys and values.
  public let keys: [Range<Int>]
  /// Whether query t of an element sees no key after its t-th.
  public let isCausal: Bool
  /// Where the weights of every element begin.
  let offsets: [Int]

  /// A pattern.
  ///
  /// - Precondition: as many ranges of queries as of keys, none overlapping; every element has
  ///   keys; equally many keys as queries where the pattern is causal.
  public init(heads: Int, queries: [Range<Int>], keys: [Range<Int>], isCausal: Bool = false) {
    require(heads > 0, "attention without heads")
    require(
      queries.count == keys.count && keys.allSatisfy { !$0.isEmpty },
      "attention of \(queries.count) elements to keys of \(keys.count)")
    require(
      !isCausal || zip(queries, keys).allSatisfy { $0.count == $1.count },
      "causal attention of queries to another number of keys")
    require(
      !Self.overlap(queries) && !Self.overlap(keys), "attention of elements that share rows")
    self.heads = heads
    self.queries = queries
    self.keys = keys
    self.isCausal = isCausal
    var offsets = [0]
    for (queries, keys) in zip(queries, keys) {
      offsets.append(offsets[offsets.count - 1] + heads * queries.count * keys.count)
    }
    self.offsets = offsets
  }

  /// The pattern of packed sequences: element b of the queries attends to element b of the keys.
  ///
  /// - Precondition: both packed by element.
  public init(
    heads: Int, queries: SequenceLayout, keys: SequenceLayout, isCausal: Bool = false
  ) {
    self.init(
      heads: heads, queries: (0..<queries.batch).map { queries.rows(of: $0) },
      keys: (0..<keys.batch).map { keys.rows(of: $0) }, isCausal: isCausal)
  }

  /// The number of weights: one for every head, query and key of every element.
  public var weightCount: Int { offsets[offsets.count - 1] }

  /// Whether every row of N×… belongs to some element's queries, and no other row does.
  func coversQueries(_ rows: Int) -> Bool { Self.cover(rows, by: queries) }

  /// Whether every row of M×… belongs to some element's keys, and no other row does.
  func coversKeys(_ rows: Int) -> Bool { Self.cover(rows, by: keys) }

  /// Whether two ranges share a row.
  private static func overlap(_ ranges: [Range<Int>]) -> Bool {
    let ordered = inOrder(ranges)
    return zip(ordered, ordered.dropFirst()).contains { $0.upperBound > $1.lowerBound }
  }

  /// Whether ranges that do not overlap are the rows below a number.
  private static func cover(_ rows: Int, by ranges: [Range<Int>]) -> Bool {
    var end = 0
    for range in inOrder(ranges) {
      guard range.lowerBound == end else { return false }
      end = range.upperBound
    }
    return end == rows
  }

  /// The ranges that hold rows, in order.
  private static func inOrder(_ ranges: [Range<Int>]) -> [Range<Int>] {
    ranges.filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
  }
}
