/// Walks over the bytes of a CSV text, field by field, without copies.
struct CSVReader {
  /// The most columns that a table may have; names of columns are kept as texts.
  static let maximumColumns = 10_000

  /// Where a field stands; for a quoted one, what is between its quotes.
  struct Field {
    var range: Range<Int>
    var isQuoted: Bool
  }

  private let bytes: UnsafeRawBufferPointer
  private let file: String
  private let exitCode: ExitCode
  /// Where the next line begins.
  private(set) var position: Int

  private static let quote = UInt8(ascii: "\"")
  private static let comma = UInt8(ascii: ",")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  init(_ bytes: UnsafeRawBufferPointer, file: String, exitCode: ExitCode) {
    self.bytes = bytes
    self.file = file
    self.exitCode = exitCode
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// Reads a text that has been checked, from the beginning of a line.
  init(checked bytes: UnsafeRawBufferPointer, position: Int) {
    self.init(bytes, file: "", exitCode: .internalError)
    self.position = position
  }

  /// Reads the header and checks all rows.
  ///
  /// - Returns: The names of the columns, where the first row begins and how many rows there are.
  mutating func table() throws -> (header: [String], start: Int, count: Int) {
    guard position < bytes.count else { throw failure("file is empty", at: 0) }
    let header = try header()
    let start = position
    var count = 0
    while position < bytes.count {
      let lineStart = position
      var width = 0
      try line { reader, field in
        try reader.checkText(field)
        width += 1
      }
      guard width == header.count else {
        throw failure(
          "expected \(header.count) fields, found \(width)", at: lineStart,
          why: "the columns are \(CSVReader.list(header))")
      }
      count += 1
    }
    return (header, start, count)
  }

  private mutating func header() throws -> [String] {
    var header: [String] = []
    var seen: Set<String> = []
    try line { reader, field in
      let name = try reader.text(field)
      guard header.count < CSVReader.maximumColumns else {
        throw reader.failure(
          "too many columns", at: field.range.lowerBound,
          why: "at most \(CSVReader.maximumColumns) are read")
      }
      guard seen.insert(name).inserted else {
        throw reader.failure("duplicate column \(Failure.quote(name))", at: 0)
      }
      header.append(name)
    }
    return header
  }

  /// Visits the fields up to the end of the line and steps over it.
  mutating func line(_ visit: (CSVReader, Field) throws -> Void) throws {
    while true {
      let isQuoted = position < bytes.count && bytes[position] == CSVReader.quote
      try visit(self, isQuoted ? try quotedField() : try plainField())
      guard position < bytes.count else { return }
      switch bytes[position] {
      case CSVReader.comma: position += 1
      case CSVReader.lineFeed:
        position += 1
        return
      case CSVReader.carriageReturn where isAt(position + 1, CSVReader.lineFeed):
        position += 2
        return
      case CSVReader.carriageReturn:
        throw failure("carriage return without line feed", at: position)
      default:
        throw failure("text after a closing quote", at: position)
      }
    }
  }

  private mutating func plainField() throws -> Field {
    let start = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == CSVReader.comma || byte == CSVReader.lineFeed
        || byte == CSVReader.carriageReturn
      {
        break
      }
      if byte == CSVReader.quote {
        throw failure(
          "quote within an unquoted field", at: position,
          help: "put the whole field in quotes and double the quotes within")
      }
      position += 1
    }
    return Field(range: start..<position, isQuoted: false)
  }

  private mutating func quotedField() throws -> Field {
    let start = position
    position += 1
    while position < bytes.count {
      if bytes[position] != CSVReader.quote {
        position += 1
      } else if isAt(position + 1, CSVReader.quote) {
        position += 2
      } else {
        position += 1
        return Field(range: start + 1..<position - 1, isQuoted: true)
      }
    }
    throw failure("quote is never closed", at: start)
  }

  private func isAt(_ index: Int, _ byte: UInt8) -> Bool {
    index < bytes.count && bytes[index] == byte
  }

  /// Refuses what ``text(_:)`` refuses, without making a text.
  private func checkText(_ field: Field) throws {
    if bytes[field.range].allSatisfy({ $0 < 0x80 }) { return }
    _ = try text(field)
  }

  /// The text of a field.
  func text(_ field: Field) throws -> String {
    let content = bytes[field.range]
    guard let text = String(validating: content, as: UTF8.self) else {
      let start = field.range.lowerBound - (field.isQuoted ? 1 : 0)
      throw failure("field is not UTF-8", at: start)
    }
    guard field.isQuoted, content.contains(CSVReader.quote) else { return text }
    // By bytes: to a Character, a quote followed by a combining mark is another character.
    var isSecond = false
    let single = content.filter { byte in
      isSecond = byte == CSVReader.quote && !isSecond
      return byte != CSVReader.quote || isSecond
    }
    return String(decoding: single, as: UTF8.self)
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(12).map { Failure.quote($0) }.joined(separator: ", ")
    return names.count > 12 ? shown + ", …" : shown
  }

  private func failure(
    _ what: String, at offset: Int, why: String? = nil, help: String? = nil
  ) -> Failure {
    let mark = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let content = UnsafeRawBufferPointer(rebasing: bytes[mark...])
    return Failure(
      exitCode, what,
      location: SourceLocation(file: file, offset: max(0, offset - mark), in: content),
      why: why, help: help)
  }
}
