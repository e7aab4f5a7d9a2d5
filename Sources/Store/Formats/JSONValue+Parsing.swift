import CJansson

extension JSONValue {
  /// What a text may cost.
  ///
  /// The number of values is limited because a hostile `[{},{},…` needs a hundred times its own
  /// size in memory, and nesting because nested values are handled recursively.
  enum Limit {
    static let depth = 64
    static let bytes = 256 << 20
  }

  /// The number of values that ``parse(_:file:exitCode:maximumValues:)`` reads unless told
  /// otherwise; they need at most 16 MiB beyond four times the size of the text.
  public static let standardMaximumValues = 80_000

  /// Parses a JSON text with libjansson.
  ///
  /// **Edge cases**: any value may stand at the top. Rejected are duplicate keys, bytes that are
  /// not UTF-8, integers that do not fit 64 bits, trailing text, more than 64 levels of nesting and
  /// more than `maximumValues` values.
  ///
  /// - Parameters:
  ///   - bytes: The text in UTF-8.
  ///   - file: Name for messages.
  ///   - exitCode: What the failure means to the caller.
  ///   - maximumValues: A text with more values is refused before memory is requested for it.
  /// - Throws: ``Failure`` with line and column.
  public static func parse(
    _ bytes: UnsafeRawBufferPointer, file: String, exitCode: ExitCode = .corrupt,
    maximumValues: Int = standardMaximumValues
  ) throws -> JSONValue {
    try checkLimits(bytes, file: file, exitCode: exitCode, maximumValues: maximumValues)
    var error = json_error_t()
    let flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL
    let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
    // libjansson wants an address even for no bytes at all.
    let root = [CChar(0)].withUnsafeBufferPointer {
      json_loadb(start ?? $0.baseAddress, bytes.count, Int(flags), &error)
    }
    guard let root else { throw failure(error, file: file, exitCode: exitCode) }
    defer { json_decref(root) }
    return try value(of: root, file: file, exitCode: exitCode)
  }

  /// Parses a JSON text given as bytes.
  public static func parse(
    _ bytes: [UInt8], file: String, exitCode: ExitCode = .corrupt,
    maximumValues: Int = standardMaximumValues
  ) throws -> JSONValue {
    try bytes.withUnsafeBytes {
      try parse($0, file: file, exitCode: exitCode, maximumValues: maximumValues)
    }
  }

  /// Parses a JSON text given as a string.
  public static func parse(
    _ text: String, file: String, exitCode: ExitCode = .corrupt,
    maximumValues: Int = standardMaximumValues
  ) throws -> JSONValue {
    try parse(Array(text.utf8), file: file, exitCode: exitCode, maximumValues: maximumValues)
  }

  // MARK: - Limits

  /// Counts values and nesting before libjansson allocates anything.
  private static func checkLimits(
    _ bytes: UnsafeRawBufferPointer, file: String, exitCode: ExitCode, maximumValues: Int
  ) throws {
    func refuse(_ why: String, at offset: Int) -> Failure {
      Failure(
        exitCode, "JSON text is too large",
        location: SourceLocation(file: file, offset: offset, in: bytes), why: why)
    }
    guard bytes.count <= Limit.bytes else {
      throw refuse("\(bytes.count) bytes, at most \(Limit.bytes) are read", at: 0)
    }
    var depth = 0
    var values = 1
    var isInsideString = false
    var isEscaped = false
    for (offset, byte) in bytes.enumerated() {
      if isInsideString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInsideString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isInsideString = true
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        values += 1
        if depth > Limit.depth { throw refuse("nested deeper than \(Limit.depth)", at: offset) }
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: ","):
        values += 1
        if values > maximumValues { throw refuse("more than \(maximumValues) values", at: offset) }
      default: break
      }
    }
  }

  // MARK: - libjansson

  private static func value(
    of node: UnsafeMutablePointer<json_t>, file: String, exitCode: ExitCode
  ) throws -> JSONValue {
    switch node.pointee.type {
    case JSON_TRUE: return .bool(true)
    case JSON_FALSE: return .bool(false)
    case JSON_INTEGER: return .integer(Int(json_integer_value(node)))
    case JSON_REAL: return .number(json_real_value(node))
    case JSON_STRING:
      return .string(string(json_string_value(node), json_string_length(node)))
    case JSON_ARRAY:
      let count = json_array_size(node)
      var elements: [JSONValue] = []
      elements.reserveCapacity(count)
      for index in 0..<count {
        guard let element = json_array_get(node, index) else { continue }
        elements.append(try value(of: element, file: file, exitCode: exitCode))
      }
      return .array(elements)
    case JSON_OBJECT:
      var members: [String: JSONValue] = [:]
      members.reserveCapacity(json_object_size(node))
      var iterator = json_object_iter(node)
      while let current = iterator {
        let key = string(json_object_iter_key(current), json_object_iter_key_len(current))
        if let member = json_object_iter_value(current) {
          // libjansson compares bytes, Swift compares characters: é has two spellings.
          let previous = members.updateValue(
            try value(of: member, file: file, exitCode: exitCode), forKey: key)
          if previous != nil {
            throw Failure(
              exitCode, "invalid JSON: duplicate key \(Failure.quote(key))",
              location: SourceLocation(file: file, line: 1, column: 1),
              why: "the same characters are spelt in two ways")
          }
        }
        iterator = json_object_iter_next(node, current)
      }
      return .object(members)
    default: return .null
    }
  }

  private static func string(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
    guard let start else { return "" }
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Turns libjansson's report into a failure located at the start of the offending token.
  private static func failure(
    _ error: json_error_t, file: String, exitCode: ExitCode
  ) -> Failure {
    let text = withUnsafeBytes(of: error.text) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    var message = text
    var column = max(1, Int(error.column))
    if let near = text.firstRange(of: " near '"), text.hasSuffix("'") {
      let token = text[near.upperBound...].dropLast()
      let problem = text[..<near.lowerBound]
      message =
        problem == "duplicate object key"
        ? "duplicate key \(Failure.quote(String(token.dropFirst().dropLast())))"
        : "\(problem) near \(Failure.quote(String(token)))"
      if !token.contains("\n") { column = max(1, Int(error.column) - token.count + 1) }
    }
    return Failure(
      exitCode, "invalid JSON: \(message)",
      location: SourceLocation(file: file, line: max(1, Int(error.line)), column: column))
  }
}
