import Store

/// A key path to a setting.
public typealias SettingPath<Root, Value> = WritableKeyPath<Root, Value> & Sendable

/// The declaration of one setting: its key, how it is decoded, checked and encoded, and what the
/// documentation says about it.
///
/// Made by the factories in `Field+Types.swift`.
public struct Field<Root: Settings>: Sendable {
  /// The key: lower-case letters, digits and dashes.
  public let key: String
  /// Type in words.
  public let typeDescription: String
  /// Allowed values in words, empty when every value of the type is allowed.
  public let rangeDescription: String
  /// Unit, empty when there is none.
  public let unit: String
  /// The value of the paper, nil when the paper has no such setting.
  public let paper: String?
  /// What the setting does.
  public let meaning: String

  let applyNode: @Sendable (YAMLNode, inout Root, String) throws -> Void
  /// Continues an override path inside a section; nil when this is a single value.
  let applyRest:
    (@Sendable (ArraySlice<String>, YAMLNode, SourceLocation, inout Root, String) throws -> Void)?
  /// The second argument: whether settings that are omitted by default are written, too.
  let encode: @Sendable (Root, Bool) -> JSONValue
  let decode: @Sendable (JSONValue, inout Root, String) throws -> Void
  let children: @Sendable (Root) -> [SettingDocumentation]?
  /// Which value the resolved configuration leaves out; nil when it says every one.
  private(set) var absence: Absence?

  /// A value of which nothing is written.
  struct Absence: Sendable {
    /// Whether it is the one that settings have.
    let isGiven: @Sendable (Root) -> Bool
    /// Gives it to settings.
    let give: @Sendable (inout Root) -> Void
  }

  init<Value>(
    _ key: String, _ path: SettingPath<Root, Value>, _ coder: ValueCoder<Value>, unit: String,
    paper: String?, meaning: String
  ) {
    Self.checkKey(key)
    self.key = key
    typeDescription = coder.type
    rangeDescription = coder.range
    self.unit = unit
    self.paper = paper
    self.meaning = meaning
    applyNode = { node, root, name in root[keyPath: path] = try coder.decode(node, path: name) }
    applyRest = nil
    encode = { root, _ in coder.toJSON(root[keyPath: path]) }
    decode = { json, root, name in root[keyPath: path] = try coder.decode(json, path: name) }
    children = { _ in nil }
  }

  /// A group of settings.
  ///
  /// - Parameter shorthand: the key whose value may stand in place of the whole group.
  init<Child: Settings>(
    section key: String, _ path: SettingPath<Root, Child>, shorthand: String? = nil,
    meaning: String
  ) {
    Self.checkKey(key)
    precondition(
      shorthand.map { Child.schema.field($0) != nil } ?? true, "'\(key)' has no such shorthand")
    self.key = key
    typeDescription = shorthand.map { "section, or its `\($0)` alone" } ?? "section"
    rangeDescription = ""
    unit = ""
    paper = nil
    self.meaning = meaning
    applyNode = { node, root, name in
      guard let shorthand, case .scalar = node.value else {
        return try Child.schema.apply(node, to: &root[keyPath: path], path: name)
      }
      try Child.schema.apply(
        rest: [shorthand], value: node, location: node.location, to: &root[keyPath: path],
        path: name)
    }
    applyRest = { rest, value, location, root, name in
      try Child.schema.apply(
        rest: rest, value: value, location: location, to: &root[keyPath: path], path: name)
    }
    encode = { Child.schema.encode($0[keyPath: path], isComplete: $1) }
    decode = { json, root, name in
      root[keyPath: path] = try Child.schema.decode(json, path: name)
    }
    children = { Child.schema.documentation(defaults: $0[keyPath: path]) }
  }

  /// Groups of settings whose names are the manifest's; see ``named(_:_:_:)``.
  init(
    _ key: String, meaning: String,
    applyNode: @escaping @Sendable (YAMLNode, inout Root, String) throws -> Void,
    applyRest:
      @escaping @Sendable (
        ArraySlice<String>, YAMLNode, SourceLocation, inout Root, String
      ) throws -> Void,
    encode: @escaping @Sendable (Root, Bool) -> JSONValue,
    decode: @escaping @Sendable (JSONValue, inout Root, String) throws -> Void,
    children: @escaping @Sendable () -> [SettingDocumentation]
  ) {
    Self.checkKey(key)
    self.key = key
    typeDescription = "section"
    rangeDescription = ""
    unit = ""
    paper = nil
    self.meaning = meaning
    self.applyNode = applyNode
    self.applyRest = applyRest
    self.encode = encode
    self.decode = decode
    self.children = { _ in children() }
  }

  /// A field of another group of settings, whose keys stand among those of this one.
  private init<Part: Settings>(_ field: Field<Part>, of part: SettingPath<Root, Part>) {
    key = field.key
    typeDescription = field.typeDescription
    rangeDescription = field.rangeDescription
    unit = field.unit
    paper = field.paper
    meaning = field.meaning
    absence = field.absence.map { absence in
      Absence(
        isGiven: { absence.isGiven($0[keyPath: part]) },
        give: { absence.give(&$0[keyPath: part]) })
    }
    applyNode = { node, root, name in try field.applyNode(node, &root[keyPath: part], name) }
    if let apply = field.applyRest {
      applyRest = { rest, value, location, root, name in
        try apply(rest, value, location, &root[keyPath: part], name)
      }
    } else {
      applyRest = nil
    }
    encode = { field.encode($0[keyPath: part], $1) }
    decode = { json, root, name in try field.decode(json, &root[keyPath: part], name) }
    children = { field.children($0[keyPath: part]) }
  }

  /// All fields of another group of settings, whose keys stand among those of this one.
  public static func all<Part: Settings>(of part: SettingPath<Root, Part>) -> [Field] {
    Part.schema.fields.map { Field($0, of: part) }
  }

  /// The field, left out of the resolved configuration while it has its default: a key that is added
  /// to settings in use leaves the hashes of earlier results as they are.
  public func omittedByDefault() -> Field {
    omitted(
      Absence(isGiven: { [encode] in encode($0, false) == encode(Root(), false) }, give: { _ in }))
  }

  /// The field, left out of the resolved configuration while it has a value that stands for its
  /// absence, which need not be its default: what is added to experiments in use may act in new studies
  /// without a word, and leave earlier results what they are.
  ///
  /// - Parameters:
  ///   - path: that of the field.
  ///   - value: what a configuration means that does not mention the field.
  ///   - isGiven: whether a value means the same.
  public func omitted<Value: Sendable>(
    _ path: SettingPath<Root, Value>, as value: Value,
    when isGiven: @escaping @Sendable (Value) -> Bool
  ) -> Field {
    omitted(Absence(isGiven: { isGiven($0[keyPath: path]) }, give: { $0[keyPath: path] = value }))
  }

  private func omitted(_ absence: Absence) -> Field {
    var field = self
    field.absence = absence
    return field
  }

  private static func checkKey(_ key: String) {
    precondition(
      NameRule.isKey(key), "the key '\(key)' is not made of lower-case letters, digits and dashes")
  }
}
