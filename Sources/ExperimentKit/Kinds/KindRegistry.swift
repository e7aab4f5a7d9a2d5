import Store

/// The experiments that manifests can name.
public struct KindRegistry: Sendable {
  /// All experiments, by name.
  public let kinds: [any Kind]

  /// Registers experiments.
  ///
  /// - Precondition: names are lower-case with dashes and differ, and no experiment has a section
  ///   with the name of a common key of manifests.
  public init(_ kinds: [any Kind]) {
    var names: Set<String> = []
    for kind in kinds {
      precondition(NameRule.isKey(kind.name), "'\(kind.name)' is no experiment name")
      precondition(
        names.insert(kind.name).inserted, "two kinds are called '\(kind.name)'")
      for setting in kind.settings {
        precondition(
          !ManifestKey.all.contains(setting.key),
          "'\(setting.key)' of '\(kind.name)' is a common key of all manifests")
      }
    }
    self.kinds = kinds.sorted { $0.name < $1.name }
  }

  /// The tables of all kinds, each once, sorted by name.
  public var tables: [Table] {
    var tables: [String: Table] = [:]
    for table in kinds.flatMap(\.tables) { tables[table.name] = table }
    return tables.values.sorted { $0.name < $1.name }
  }

  /// The kind with a name.
  ///
  /// - Throws: ``Failure`` with a suggestion when there is none.
  public func find(
    _ name: String, location: SourceLocation? = nil, exitCode: ExitCode = .manifestInvalid
  ) throws -> any Kind {
    if let kind = kinds.first(where: { $0.name == name }) { return kind }
    let names = kinds.map(\.name)
    throw Failure(
      exitCode, "unknown experiment \(Failure.quote(name))", location: location,
      why: "registered are \(names.joined(separator: ", "))",
      help: Suggestion.help(for: name, among: names))
  }
}
