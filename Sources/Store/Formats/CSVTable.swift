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
    if fields == [""] { return "\"\"\n" }
    return fields.map(field).joined(separator: ",") + "\n"
  }

  private static func field(_ text: String) -> String {
    // At the very start of a file, U+FEFF would be taken for a byte order mark.
    let needsQuotes =
      text.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
      || text.utf8.starts(with: [0xEF, 0xBB, 0xBF])
    guard needsQuotes else { return text }
    // By bytes: to a Character, "\r\n" and "\"" followed by a combining mark are units.
    var bytes: [UInt8] = [0x22]
    for byte in text.utf8 {
      if byte == 0x22 { bytes.append(0x22) }
      bytes.append(byte)
    }
    bytes.append(0x22)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The whole table as text.
  ///
  /// **Precondition**: every row is as wide as the header.
  public func serialized() -> String {
    var text = CSVTable.line(header)
    for row in rows {
      precondition(
        row.count == header.count, "row of \(row.count) fields in a table of \(header.count)")
      text += CSVTable.line(row)
    }
    return text
  }

  /// Writes the table as a file that is there completely or not at all.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/inputOutput``.
  public func write(
    to path: String, operations: any FileOperations = AtomicFile.operations
  ) throws {
    try AtomicFile.write(serialized(), to: path, operations: operations)
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
