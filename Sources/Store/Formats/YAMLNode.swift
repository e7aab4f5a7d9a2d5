/// A value of a YAML document together with the place where it stands.
///
/// Scalars stay text until a typed reader such as ``integer()`` asks for them, so that no guess is
/// made (`no` is not a boolean, `3.10` does not lose its zero) and every message can show what was
/// written and where.
public struct YAMLNode: Sendable, Hashable {
  /// What a node holds.
  public enum Value: Sendable, Hashable {
    /// A text; quoted ones are never numbers, booleans or null.
    case scalar(String, isQuoted: Bool)
    /// A list.
    case sequence([YAMLNode])
    /// Keys and values in the order of the file, no key twice.
    case mapping([Entry])
  }

  /// One `key: value` of a mapping.
  public struct Entry: Sendable, Hashable {
    /// The key's text.
    public var key: String
    /// Where the key stands.
    public var keyLocation: SourceLocation
    /// What follows the colon.
    public var value: YAMLNode

    /// Creates an entry.
    public init(key: String, keyLocation: SourceLocation, value: YAMLNode) {
      self.key = key
      self.keyLocation = keyLocation
      self.value = value
    }
  }

  /// Where the value begins.
  public var location: SourceLocation
  /// The value.
  public var value: Value

  /// Creates a node.
  public init(_ value: Value, location: SourceLocation) {
    self.value = value
    self.location = location
  }

  /// The value under a key, nil when there is none or this is no mapping.
  public subscript(key: String) -> YAMLNode? {
    guard case .mapping(let entries) = value else { return nil }
    return entries.first { $0.key == key }?.value
  }

  /// Whether the value is missing: nothing after the colon, `~` or `null`.
  public var isNull: Bool {
    guard case .scalar(let text, isQuoted: false) = value else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }

  /// The kind of value in words, for messages: "the number 3.5", "a list".
  public var kindDescription: String {
    switch value {
    case .sequence: "a list"
    case .mapping: "a mapping"
    case .scalar(let text, let isQuoted):
      if isNull {
        "nothing"
      } else if isQuoted {
        "the text \(Failure.quote(text))"
      } else if DecimalNumber.isDecimal(text) {
        "the number \(text.prefix(40))"
      } else if YAMLNode.isBoolean(text) {
        "the boolean \(text)"
      } else {
        "the text \(Failure.quote(text))"
      }
    }
  }

  static func isBoolean(_ text: String) -> Bool {
    ["true", "false", "True", "False", "TRUE", "FALSE"].contains(text)
  }
}

// MARK: - From JSON

extension YAMLNode {
  /// The YAML form of a JSON value; every part gets the same location.
  public init(json: JSONValue, location: SourceLocation) {
    let value: Value =
      switch json {
      case .null: .scalar("null", isQuoted: false)
      case .bool(let value): .scalar(value ? "true" : "false", isQuoted: false)
      case .integer(let value): .scalar(String(value), isQuoted: false)
      case .number(let value): .scalar(value.description, isQuoted: false)
      case .string(let value): .scalar(value, isQuoted: true)
      case .array(let elements):
        .sequence(elements.map { YAMLNode(json: $0, location: location) })
      case .object(let members):
        .mapping(
          members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map {
            Entry(
              key: $0.key, keyLocation: location,
              value: YAMLNode(json: $0.value, location: location))
          })
      }
    self.init(value, location: location)
  }
}
