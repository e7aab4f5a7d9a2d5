import Store

/// The declaration of all settings of a ``Settings`` type.
///
/// One list of fields decodes manifests and overrides strictly, encodes and decodes the resolved
/// configuration, and documents every key.
public struct Schema<Root: Settings>: Sendable {
  /// The declared fields, in the order of the documentation.
  public let fields: [Field<Root>]

  /// Declares the fields.
  ///
  /// - Precondition: no two fields have the same key.
  public init(_ fields: [Field<Root>]) {
    var seen: Set<String> = []
    for field in fields {
      precondition(seen.insert(field.key).inserted, "the key '\(field.key)' is declared twice")
    }
    self.fields = fields
  }

  /// The field with a key.
  public func field(_ key: String) -> Field<Root>? { fields.first { $0.key == key } }

  // MARK: - Decoding manifests

  /// Overrides settings with the members of a mapping; keys that are not mentioned stay.
  ///
  /// - Parameter path: dotted path of this group, empty for the whole configuration; for messages.
  /// - Throws: ``Failure`` with the place of the mistake and a suggestion: unknown key, wrong type,
  ///   value out of range.
  public func apply(_ node: YAMLNode, to root: inout Root, path: String = "") throws {
    for entry in try entries(of: node, path: path) {
      try apply(entry, to: &root, path: path)
    }
  }

  /// Overrides the setting, or the group of settings, that one member of a mapping names.
  public func apply(_ entry: YAMLNode.Entry, to root: inout Root, path: String = "") throws {
    guard let field = field(entry.key) else {
      throw unknownKey(entry.key, location: entry.keyLocation, path: path)
    }
    try field.applyNode(entry.value, &root, joined(path, field.key))
  }

  private func entries(of node: YAMLNode, path: String) throws -> [YAMLNode.Entry] {
    do {
      return try node.mapping()
    } catch var failure as Failure {
      if !path.isEmpty { failure.what = "\(Failure.quote(path)): \(failure.what)" }
      failure.why = "it is a section with the keys \(fields.map(\.key).joined(separator: ", "))"
      throw failure
    }
  }

  /// Overrides one setting named by its path, such as `["mask", "beta"]`.
  ///
  /// - Parameter location: place of the path, for messages about the path itself.
  public func apply(
    overridePath: [String], value: YAMLNode, location: SourceLocation? = nil, to root: inout Root
  ) throws {
    try apply(
      rest: overridePath[...], value: value, location: location ?? value.location, to: &root,
      path: "")
  }

  func apply(
    rest: ArraySlice<String>, value: YAMLNode, location: SourceLocation, to root: inout Root,
    path: String
  ) throws {
    let key = rest.first ?? ""
    guard let field = field(key) else {
      throw unknownKey(key, location: location, path: path)
    }
    let inner = joined(path, key)
    if rest.count == 1 {
      try field.applyNode(value, &root, inner)
    } else if let applyRest = field.applyRest {
      try applyRest(rest.dropFirst(), value, location, &root, inner)
    } else {
      throw Failure(
        .manifestInvalid, "\(Failure.quote(inner)) has no parts", location: location,
        why: "\(Failure.quote(inner)) is \(field.typeDescription)",
        help: "write \(Failure.quote(inner)) without what follows")
    }
  }

  private func unknownKey(_ key: String, location: SourceLocation?, path: String) -> Failure {
    UnknownKey.failure(
      key, in: path, allowed: fields.map(\.key), location: location)
  }

  // MARK: - The resolved configuration

  /// All settings as JSON, defaults included, but for values that are left out: those of fields that are
  /// ``Field/omittedByDefault()``, and those that stand for their own absence.
  ///
  /// - Parameter isComplete: Whether those are written, too, for whoever looks a setting up; hashes
  ///   are over the form without them.
  public func encode(_ root: Root, isComplete: Bool = false) -> JSONValue {
    .object(
      fields.reduce(into: [:]) { members, field in
        if isComplete || field.absence?.isGiven(root) != true {
          members[field.key] = field.encode(root, isComplete)
        }
      })
  }

  /// What a configuration means that mentions nothing.
  var absent: Root {
    fields.reduce(into: Root()) { root, field in field.absence?.give(&root) }
  }

  /// Reads what ``encode(_:)`` wrote.
  ///
  /// - Throws: ``Failure`` when a key is unknown or missing or a value is not acceptable.
  public func decode(_ value: JSONValue) throws -> Root { try decode(value, path: "") }

  func decode(_ value: JSONValue, path: String) throws -> Root {
    let group = path.isEmpty ? "the configuration" : Failure.quote(path)
    guard let members = value.objectValue else {
      throw Failure(.corrupt, "\(group) is \(value.kindDescription), not an object")
    }
    var root = Root()
    for field in fields {
      guard let member = members[field.key] else {
        if let absence = field.absence {
          absence.give(&root)
          continue
        }
        throw Failure(
          .corrupt, "\(group) has no key \(Failure.quote(field.key))",
          help: "the file was written by another version of the experiment")
      }
      try field.decode(member, &root, joined(path, field.key))
    }
    let known = Set(fields.map(\.key))
    if let key = members.keys.sorted().first(where: { !known.contains($0) }) {
      throw Failure(
        .corrupt, "\(group) has the unknown key \(Failure.quote(key))",
        why: "allowed are \(known.sorted().joined(separator: ", "))",
        help: Suggestion.help(for: key, among: known))
    }
    return root
  }

  // MARK: - Documentation

  /// Every key with its type, range, default and meaning, sections with their own keys.
  public func documentation(defaults: Root = Root()) -> [SettingDocumentation] {
    fields.map { field in
      SettingDocumentation(
        key: field.key, type: field.typeDescription, range: field.rangeDescription,
        unit: field.unit, defaultValue: SettingText.describe(field.encode(defaults, false)),
        paper: field.paper, meaning: field.meaning, children: field.children(defaults))
    }
  }

  private func joined(_ path: String, _ key: String) -> String {
    path.isEmpty ? key : "\(path).\(key)"
  }
}
