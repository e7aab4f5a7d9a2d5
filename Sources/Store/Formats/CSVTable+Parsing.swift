extension CSVTable {
  /// Parses a CSV text strictly.
  ///
  /// The rows stay bytes until they are asked for, so that reading needs little more memory than the
  /// text itself, whatever it holds.
  ///
  /// **Edge cases**: lines may end with `\n` or `\r\n`; the last line needs no end. A byte order
  /// mark is skipped. Rejected are an empty text, two columns of one name, more than 10,000 columns,
  /// a row narrower or wider than the header, a quote that is never closed, text after a closing
  /// quote, a quote or a lone `\r` within an unquoted field, and bytes that are not UTF-8.
  ///
  /// - Parameters:
  ///   - bytes: The text in UTF-8.
  ///   - file: Name for messages.
  ///   - exitCode: What the failure means to the caller.
  /// - Throws: ``Failure`` with line and column.
  public static func parse(
    _ bytes: [UInt8], file: String, exitCode: ExitCode = .corrupt
  ) throws -> CSVTable {
    let (header, start, count) = try bytes.withUnsafeBytes { buffer in
      var reader = CSVReader(buffer, file: file, exitCode: exitCode)
      return try reader.table()
    }
    return CSVTable(header: header, rows: CSVRows(checked: bytes, start: start, count: count))
  }

  /// Parses a CSV text given as a string.
  public static func parse(
    _ text: String, file: String, exitCode: ExitCode = .corrupt
  ) throws -> CSVTable {
    try parse(Array(text.utf8), file: file, exitCode: exitCode)
  }
}
