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
    return try content.withUnsafeBytes { try YAMLReader(file: file, bytes: $0).document() }
  }

  /// Parses a YAML text given as a string.
  public static func parse(_ text: String, file: String) throws -> YAMLNode {
    try parse(Array(text.utf8), file: file)
  }

  /// Parses the comma-separated values of an option: `1e-4,3e-4`, `gumbel-sigmoid`, `[2, 3]`.
  ///
  /// Commas inside brackets, braces and quotes do not separate.
  ///
  /// - Parameters:
  ///   - text: The values as typed, on one line.
  ///   - option: Name for messages, such as `--set mask.beta`.
  /// - Returns: At least one node; columns count within `text`.
  /// - Throws: ``Failure`` with ``ExitCode/usage``.
  public static func parseInline(_ text: String, option: String) throws -> [YAMLNode] {
    do {
      // The brackets make libyaml read a list in its one-line notation.
      let list = try parse("[\(text)]", file: option).movedBack()
      guard case .sequence(let nodes) = list.value, !nodes.isEmpty else {
        throw Failure(
          .usage, "\(option): value missing", help: "write '' for an empty text")
      }
      return nodes
    } catch var failure as Failure {
      failure.exitCode = .usage
      if var location = failure.location {
        location.column = min(max(1, location.column - 1), text.count + 1)
        failure.location = location
      }
      throw failure
    }
  }

  /// Undoes the one column by which the opening bracket has moved everything.
  private func movedBack() -> YAMLNode {
    func moved(_ location: SourceLocation) -> SourceLocation {
      SourceLocation(
        file: location.file, line: location.line, column: max(1, location.column - 1))
    }
    let value: Value =
      switch value {
      case .scalar: value
      case .sequence(let nodes): .sequence(nodes.map { $0.movedBack() })
      case .mapping(let entries):
        .mapping(
          entries.map {
            Entry(
              key: $0.key, keyLocation: moved($0.keyLocation), value: $0.value.movedBack())
          })
      }
    return YAMLNode(value, location: moved(location))
  }
}
