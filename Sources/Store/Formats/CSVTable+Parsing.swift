extension CSVTable {
  /// The number of fields that ``parse(_:file:exitCode:maximumFields:)`` reads unless told
  /// otherwise.
  public static let standardMaximumFields = 20_000_000

  /// Parses a CSV text strictly.
  ///
  /// **Edge cases**: lines may end with `\n` or `\r\n`; the last line needs no end. A byte order
  /// mark is skipped. Rejected are an empty text, two columns of one name, a row narrower or wider
  /// than the header, a quote that is never closed, text after a closing quote, a quote or a lone
  /// `\r` within an unquoted field, bytes that are not UTF-8, and more than `maximumFields` fields.
  ///
  /// - Parameters:
  ///   - bytes: The text in UTF-8.
  ///   - file: Name for messages.
  ///   - exitCode: What the failure means to the caller.
  ///   - maximumFields: A larger table is refused. A row costs as much memory as three fields more,
  ///     and a field 16 bytes and its text.
  /// - Throws: ``Failure`` with line and column.
  public static func parse(
    _ bytes: [UInt8], file: String, exitCode: ExitCode = .corrupt,
    maximumFields: Int = standardMaximumFields
  ) throws -> CSVTable {
    try bytes.withUnsafeBytes { buffer in
      var reader = CSVReader(
        bytes: buffer, file: file, exitCode: exitCode, maximumFields: maximumFields)
      return try reader.table()
    }
  }

  /// Parses a CSV text given as a string.
  public static func parse(
    _ text: String, file: String, exitCode: ExitCode = .corrupt,
    maximumFields: Int = standardMaximumFields
  ) throws -> CSVTable {
    try parse(Array(text.utf8), file: file, exitCode: exitCode, maximumFields: maximumFields)
  }
}

/// Walks once over the bytes of a CSV text.
struct CSVReader {
  private let bytes: UnsafeRawBufferPointer
  private let file: String
  private let exitCode: ExitCode
  private let maximumFields: Int
  private var position: Int

  private static let quote = UInt8(ascii: "\"")
  private static let comma = UInt8(ascii: ",")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  init(bytes: UnsafeRawBufferPointer, file: String, exitCode: ExitCode, maximumFields: Int) {
    self.bytes = bytes
    self.file = file
    self.exitCode = exitCode
    self.maximumFields = maximumFields
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  mutating func table() throws -> CSVTable {
    guard position < bytes.count else { throw failure("file is empty", at: 0) }
    let header = try line(width: 0)
    var seen: Set<String> = []
    for name in header where !seen.insert(name).inserted {
      throw failure("duplicate column \(Failure.quote(name))", at: 0)
    }
    var rows: [[String]] = []
    while position < bytes.count {
      let start = position
      let row = try line(width: header.count)
      guard row.count == header.count else {
        throw failure(
          "expected \(header.count) fields, found \(row.count)", at: start,
          why: "the columns are \(CSVReader.list(header))")
      }
      rows.append(row)
      guard rows.count <= maximumFields / (header.count + 3) else {
        throw failure("too many rows", at: start, why: "at most \(rows.count - 1) of them are read")
      }
    }
    return CSVTable(header: header, rows: rows)
  }

  /// Reads the fields up to the end of the line and steps over it.
  private mutating func line(width: Int) throws -> [String] {
    var fields: [String] = []
    fields.reserveCapacity(width)
    while true {
      let isQuoted = position < bytes.count && bytes[position] == CSVReader.quote
      fields.append(isQuoted ? try quotedField() : try plainField())
      guard position < bytes.count else { return fields }
      switch bytes[position] {
      case CSVReader.comma: position += 1
      case CSVReader.lineFeed:
        position += 1
        return fields
      case CSVReader.carriageReturn where isAt(position + 1, CSVReader.lineFeed):
        position += 2
        return fields
      case CSVReader.carriageReturn:
        throw failure("carriage return without line feed", at: position)
      default:
        throw failure("text after a closing quote", at: position)
      }
    }
  }

  private mutating func plainField() throws -> String {
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
    return try text(bytes[start..<position], at: start)
  }

  private mutating func quotedField() throws -> String {
    let start = position
    position += 1
    var content: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      if byte != CSVReader.quote {
        content.append(byte)
        position += 1
      } else if isAt(position + 1, CSVReader.quote) {
        content.append(byte)
        position += 2
      } else {
        position += 1
        return try text(content, at: start)
      }
    }
    throw failure("quote is never closed", at: start)
  }

  private func isAt(_ index: Int, _ byte: UInt8) -> Bool {
    index < bytes.count && bytes[index] == byte
  }

  private func text(_ content: some Collection<UInt8>, at start: Int) throws -> String {
    guard let text = String(validating: content, as: UTF8.self) else {
      throw failure("field is not UTF-8", at: start)
    }
    return text
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
