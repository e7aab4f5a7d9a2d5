extension YAMLNode {
  /// Parses a YAML text with libyaml.
  ///
  /// Read is the part of YAML that manifests need: one document of mappings, lists and scalars.
  ///
  /// **Edge cases**: rejected, each with line and column, are an empty document, a second document,
  /// duplicate keys, keys that are not plain text, anchors, aliases and tags, bytes that are not
  /// UTF-8, more than 1 MiB, more than 100 000 values and more than 64 levels of nesting.
  ///
  /// - Parameters:
  ///   - bytes: The text in UTF-8, with or without byte order mark.
  ///   - file: Name for messages.
  /// - Throws: ``Failure`` with ``ExitCode/manifestInvalid``.
  public static func parse(_ bytes: [UInt8], file: String) throws -> YAMLNode {
    // libyaml would count the byte order mark as a column.
    let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    if let mistaken = MistakenContent(content) {
      throw Failure(
        .manifestInvalid, "the file is \(mistaken.description)",
        location: SourceLocation(file: file, line: 1, column: 1),
        why: "a manifest is a text in YAML", help: mistaken.help)
    }
    return try content.withUnsafeBytes { try YAMLReader(file: file, bytes: $0).document() }
  }

  /// Parses a YAML text given as a string.
  public static func parse(_ text: String, file: String) throws -> YAMLNode {
    try parse(Array(text.utf8), file: file)
  }
}
