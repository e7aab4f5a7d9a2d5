/// Sequences of small numbers, one after the other in a single buffer.
///
/// A million questions cost their characters and four bytes each, not a million arrays.
public struct TokenSequences: Sendable, Hashable {
  /// The tokens of all sequences.
  public private(set) var tokens: [UInt8]
  /// Where each sequence ends in ``tokens``.
  private var ends: [UInt32]

  /// No sequences.
  public init() {
    tokens = []
    ends = []
  }

  /// Sequences from arrays.
  public init(_ sequences: some Sequence<some Sequence<UInt8>>) {
    self.init()
    for sequence in sequences { append(sequence) }
  }

  /// Adds a sequence at the end.
  public mutating func append(_ sequence: some Sequence<UInt8>) {
    tokens.append(contentsOf: sequence)
    precondition(tokens.count <= Int(UInt32.max), "more than 4 GiB of tokens")
    ends.append(UInt32(tokens.count))
  }

  /// Makes room, so that as much can be added without copies.
  public mutating func reserveCapacity(tokens: Int, sequences: Int) {
    self.tokens.reserveCapacity(tokens)
    ends.reserveCapacity(sequences)
  }

  /// Number of sequences.
  public var count: Int { ends.count }

  /// One sequence.
  public subscript(index: Int) -> ArraySlice<UInt8> { tokens[range(index)] }

  /// Number of tokens of one sequence.
  public func length(_ index: Int) -> Int { range(index).count }

  /// Number of tokens of the longest sequence, 0 when there is none.
  public var maximumLength: Int { (0..<count).reduce(0) { max($0, length($1)) } }

  /// The sequences of the given positions, in the order asked for.
  public func selecting(_ indices: some Sequence<Int>) -> TokenSequences {
    TokenSequences(indices.lazy.map { self[$0] })
  }

  /// The sequences with every token replaced.
  public func mapped(_ body: (UInt8) throws -> UInt8) rethrows -> TokenSequences {
    var result = self
    result.tokens = try tokens.map(body)
    return result
  }

  private func range(_ index: Int) -> Range<Int> {
    (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])
  }
}
