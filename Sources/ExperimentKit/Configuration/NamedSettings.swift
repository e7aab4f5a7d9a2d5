import Store

/// Groups of settings under names that the manifest chooses, in its order: sub-tasks.
///
/// A layer of a manifest that mentions a name changes the settings of that name; other names stay.
public struct NamedSettings<Element: Settings>: Sendable, Equatable {
  /// A name with its settings.
  public struct Item: Sendable, Equatable {
    /// Lower-case letters, digits and dashes.
    public let name: String
    /// What stands under it.
    public var settings: Element
  }

  /// In the order of the manifest.
  public private(set) var items: [Item] = []

  /// No names.
  public init() {}

  /// Changes the settings of a name, which is added when it is new.
  ///
  /// - Throws: ``Failure`` (manifest invalid) when it cannot be a name, or what `change` throws.
  mutating func change(
    _ name: String, at location: SourceLocation?, _ change: (inout Element) throws -> Void
  ) throws {
    guard NameRule.isKey(name) else {
      throw Failure(
        .manifestInvalid, "\(Failure.quote(name)) cannot be a name here", location: location,
        why: "names are made of at most 64 lower-case letters, digits and dashes")
    }
    if let index = items.firstIndex(where: { $0.name == name }) {
      return try change(&items[index].settings)
    }
    var settings = Element()
    try change(&settings)
    items.append(Item(name: name, settings: settings))
  }
}

extension Field {
  /// What stands for a name that the manifest chooses in messages and in the documentation.
  private static var anyName: String { "NAME" }

  /// Groups of settings under names that the manifest chooses.
  public static func named<Element: Settings>(
    _ key: String, _ path: SettingPath<Root, NamedSettings<Element>>, _ meaning: String
  ) -> Field {
    Field(
      key, meaning: meaning,
      applyNode: { node, root, place in
        for entry in try node.mapping() {
          try root[keyPath: path].change(entry.key, at: entry.keyLocation) {
            try Element.schema.apply(entry.value, to: &$0, path: "\(place).\(entry.key)")
          }
        }
      },
      applyRest: { rest, value, location, root, place in
        guard let name = rest.first else { return }
        try root[keyPath: path].change(name, at: location) { settings in
          let inner = "\(place).\(name)"
          if rest.count == 1 {
            try Element.schema.apply(value, to: &settings, path: inner)
          } else {
            try Element.schema.apply(
              rest: rest.dropFirst(), value: value, location: location, to: &settings, path: inner)
          }
        }
      },
      encode: { root, isComplete in
        .array(
          root[keyPath: path].items.map { item in
            .object(
              (Element.schema.encode(item.settings, isComplete: isComplete).objectValue ?? [:])
                .merging(["name": .string(item.name)]) { $1 })
          })
      },
      decode: { json, root, place in
        guard let elements = json.arrayValue else {
          throw Failure(.corrupt, "\(Failure.quote(place)) is \(json.kindDescription), not a list")
        }
        root[keyPath: path] = NamedSettings()
        for element in elements {
          var members = element.objectValue ?? [:]
          let name = members.removeValue(forKey: "name")?.stringValue ?? ""
          try root[keyPath: path].change(name, at: nil) {
            $0 = try Element.schema.decode(.object(members), path: "\(place).\(name)")
          }
        }
      },
      children: {
        let children = Element.schema.documentation()
        return [
          SettingDocumentation(
            key: Self.anyName, type: "section", range: "", unit: "", defaultValue: "", paper: nil,
            meaning: "one for each name that the manifest chooses", children: children)
        ]
      })
  }
}
