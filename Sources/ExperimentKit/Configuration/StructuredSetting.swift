import Store

/// A setting that is more than a number, a text or a list of them: a list of layers, a condition.
public protocol StructuredSetting: Sendable, Equatable {
  /// Type in words: `list of layers`.
  static var typeDescription: String { get }
  /// Allowed values in words; may be empty.
  static var rangeDescription: String { get }
  /// Reads what a manifest has.
  ///
  /// - Throws: ``Failure`` (manifest invalid) with the place of the mistake.
  init(_ node: YAMLNode) throws
  /// Reads the value back from a resolved configuration; nil when it is none.
  init?(json: JSONValue)
  /// The value for the resolved configuration.
  var json: JSONValue { get }
}

extension StructuredSetting {
  /// Nothing to say.
  public static var rangeDescription: String { "" }
}

extension Field {
  /// A value with a structure of its own.
  public static func structured<Value: StructuredSetting>(
    _ key: String, _ path: SettingPath<Root, Value>, paper: String? = nil, _ meaning: String
  ) -> Field {
    Field(
      key, path,
      ValueCoder<Value>(
        type: Value.typeDescription, range: Value.rangeDescription, read: { try Value($0) },
        fromJSON: { Value(json: $0) }, toJSON: { $0.json }, problem: { _ in nil }),
      unit: "", paper: paper, meaning: meaning)
  }
}
