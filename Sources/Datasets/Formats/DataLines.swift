import Store

/// The lines of a text of data, one by one, with places for messages.
struct DataLines {
  private let content: [UInt8]
  private let file: String
  private let maximumLength: Int
  private var position = 0
  private var lineStart = 0
  /// Number of the line given last, from 1.
  private(set) var number = 0

  /// The lines of a text.
  ///
  /// - Parameters:
  ///   - content: The text; it must be ASCII without control characters but line feeds.
  ///   - file: Name for messages.
  ///   - maximumLength: Bytes that a line may have without its line feed.
  init(_ content: [UInt8], file: String, maximumLength: Int) {
    self.content = content
    self.file = file
    self.maximumLength = maximumLength
  }

  /// Number of lines of the whole text.
  var count: Int {
    content.count { $0 == UInt8(ascii: "\n") } + (content.last == UInt8(ascii: "\n") ? 0 : 1)
  }

  /// The place of the next line without its line feed, nil at the end of the text.
  ///
  /// - Throws: ``Failure`` for an empty or overlong line and for bytes that are not printable ASCII.
  mutating func next() throws -> Range<Int>? {
    guard position < content.count else { return nil }
    number += 1
    lineStart = position
    var end = position
    while end < content.count, content[end] != UInt8(ascii: "\n") {
      guard (0x20...0x7E).contains(content[end]) else {
        throw failure(
          at: end, "byte 0x\(String(content[end], radix: 16)) in a line",
          why: "lines are printable ASCII",
          help: content[end] == UInt8(ascii: "\r") ? "end lines with a line feed alone" : nil)
      }
      guard end - lineStart < maximumLength else {
        throw failure(at: end, "line is too long", why: "at most \(maximumLength) bytes are read")
      }
      end += 1
    }
    guard end > lineStart else {
      throw failure(
        at: lineStart, "line is empty", why: "no line may be empty")
    }
    position = end + 1
    return lineStart..<end
  }

  /// A failure at a byte of the line given last.
  func failure(at place: Int, _ what: String, why: String? = nil, help: String? = nil) -> Failure {
    Failure.data(
      file, line: max(1, number), column: place - lineStart + 1, what, why: why, help: help)
  }
}
