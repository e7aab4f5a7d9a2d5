/// A JSON document in memory.
///
/// Integers and other numbers are different cases, and stay so through a round trip: a `.number`
/// with an integral value is written as `2.0`.
public enum JSONValue: Sendable, Hashable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number without fraction and exponent.
  case integer(Int)
  /// A number with a fraction or an exponent.
  case number(Double)
  /// A text.
  case string(String)
  /// A list.
  case array([JSONValue])
  /// A set of members; their order in a file carries no meaning.
  case object([String: JSONValue])
}

// MARK: - Reading members

extension JSONValue {
  /// The member of an object, nil when there is none or this is no object.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members[key]
  }

  /// The element of an array, nil when there is none or this is no array.
  public subscript(index: Int) -> JSONValue? {
    guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  /// Whether this is `null`.
  public var isNull: Bool { self == .null }

  /// The value of a `.bool`.
  public var boolValue: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }

  /// The value of an `.integer`.
  public var integerValue: Int? {
    guard case .integer(let value) = self else { return nil }
    return value
  }

  /// The value of a `.number` or an `.integer`, or of the strings `NaN`, `inf` and `-inf`.
  ///
  /// JSON has no non-finite numbers: ``serialized(pretty:)`` writes them as these strings, and
  /// this reads them back.
  public var numberValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    case .string("NaN"): .nan
    case .string("inf"): .infinity
    case .string("-inf"): -.infinity
    default: nil
    }
  }

  /// The value of a `.string`.
  public var stringValue: String? {
    guard case .string(let value) = self else { return nil }
    return value
  }

  /// The elements of an `.array`.
  public var arrayValue: [JSONValue]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }

  /// The members of an `.object`.
  public var objectValue: [String: JSONValue]? {
    guard case .object(let members) = self else { return nil }
    return members
  }

  /// The kind of value in words, for messages: "an integer", "a text".
  public var kindDescription: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .integer: "an integer"
    case .number: "a number"
    case .string: "a text"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

// MARK: - Literals

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// A `.string`.
  public init(stringLiteral value: String) { self = .string(value) }
  /// An `.integer`.
  public init(integerLiteral value: Int) { self = .integer(value) }
  /// A `.number`.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// A `.bool`.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// `.null`.
  public init(nilLiteral: ()) { self = .null }
  /// An `.array`.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// An `.object`.
  ///
  /// **Precondition**: no key occurs twice.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(uniqueKeysWithValues: elements))
  }
}
