/// The tokens of a language, numbered in a fixed order.
///
/// One number beyond them, ``end``, marks the end of a sequence, and the start on the output side:
/// a network reads and predicts ``size`` different numbers.
public struct Vocabulary: Sendable, Hashable {
  /// The tokens; a token's number is its position.
  public let tokens: [String]
  private let numbers: [String: UInt8]

  /// A vocabulary of given tokens, all different, at most 255.
  public init(_ tokens: [String]) {
    precondition(tokens.count <= Int(UInt8.max), "\(tokens.count) tokens, at most 255")
    self.tokens = tokens
    numbers = Dictionary(
      zip(tokens, 0...)
    ) { _, _ in preconditionFailure("a token stands twice in a vocabulary") }
  }

  /// The vocabulary of single characters: the different bytes of texts, ascending.
  ///
  /// - Precondition: the bytes are ASCII.
  public init(charactersOf texts: [TokenSequences]) {
    var isPresent = [Bool](repeating: false, count: 256)
    for text in texts {
      for byte in text.tokens { isPresent[Int(byte)] = true }
    }
    precondition(!isPresent[128...].contains(true), "texts are not ASCII")
    self.init(
      isPresent.indices.filter { isPresent[$0] }.map { String(UnicodeScalar(UInt8($0))) })
  }

  /// The number that marks the end of a sequence, and the start on the output side.
  public var end: Int { tokens.count }

  /// How many different numbers there are, ``end`` included.
  public var size: Int { tokens.count + 1 }

  /// The number of a token, nil when it is unknown.
  public func number(of token: String) -> UInt8? { numbers[token] }
}
