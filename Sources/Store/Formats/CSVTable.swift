/// A table of texts: one header line and rows of the same width.
///
/// The file format is RFC 4180 in UTF-8 with `\n` at the end of each line.
public struct CSVTable: Sendable, Hashable {
  /// Names of the columns, all different.
  public var header: [String]
  /// The rows, each as wide as the header.
  public var rows: CSVRows

  /// Creates a table.
  public init(header: [String], rows: [[String]] = []) {
    self.init(header: header, rows: CSVRows(rows))
  }

  init(header: [String], rows: CSVRows) {
    self.header = header
    self.rows = rows
  }

  /// Position of a column, nil when there is none of that name.
  public func column(_ name: String) -> Int? { header.firstIndex(of: name) }

  /// One line of a CSV file, with its line feed.
  ///
  /// Fields with commas, quotes or line breaks are put between quotes. So is the empty field of a
  /// table with one column, since some readers skip empty lines.
  public static func line(_ fields: [String]) -> String {
    var bytes: [UInt8] = []
    append(fields, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func append(_ fields: [String], to bytes: inout [UInt8]) {
    if fields == [""] { bytes += [0x22, 0x22] }
    for (index, field) in fields.enumerated() {
      if index > 0 { bytes.append(0x2C) }
      append(field, to: &bytes)
    }
    bytes.append(0x0A)
  }

  private static func append(_ field: String, to bytes: inout [UInt8]) {
    var field = field
    field.withUTF8 { text in
      // At the very start of a file, U+FEFF would be taken for a byte order mark.
      let needsQuotes =
        text.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
        || text.starts(with: [0xEF, 0xBB, 0xBF])
      guard needsQuotes else {
        bytes.append(contentsOf: text)
        return
      }
      // By bytes: to a Character, "\r\n" and "\"" followed by a combining mark are units.
      bytes.append(0x22)
      for byte in text {
        if byte == 0x22 { bytes.append(0x22) }
        bytes.append(byte)
      }
      bytes.append(0x22)
    }
  }

  /// The whole table as text in UTF-8.
  ///
  /// **Precondition**: every row is as wide as the header.
  public func serializedBytes() -> [UInt8] {
    var bytes: [UInt8] = []
    CSVTable.append(header, to: &bytes)
    for row in rows {
      precondition(
        row.count == header.count, "row of \(row.count) fields in a table of \(header.count)")
      CSVTable.append(row, to: &bytes)
    }
    return bytes
  }

  /// The whole table as text; see ``serializedBytes()``.
  public func serialized() -> String { String(decoding: serializedBytes(), as: UTF8.self) }

  /// Writes the table as a file that is there completely or not at all.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/inputOutput``.
  public func write(
    to path: String, operations: any FileOperations = AtomicFile.operations
  ) throws {
    try AtomicFile.write(serializedBytes(), to: path, operations: operations)
  }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: The file, at most 1 GiB.
  ///   - exitCode: What a malformed file means to the caller.
  ///   - missing: What it means to the caller when there is no such file.
  public static func read(
    _ path: String, exitCode: ExitCode = .corrupt, missing: ExitCode = .dataMissing
  ) throws -> CSVTable {
    try parse(
      InputFile.bytes(at: path, missing: missing, tooLarge: exitCode),
      file: path, exitCode: exitCode)
  }
}
