import Store

/// The kinds of experiments that manifests can name.
public struct KindRegistry: Sendable {
  /// All kinds, by name.
  public let kinds: [any Kind]

  /// Registers kinds.
  ///
  /// - Precondition: names, former ones included, are lower-case with dashes and differ, no kind has
  ///   a section with the name of a common key of manifests, and tables of one name are the same.
  public init(_ kinds: [any Kind]) {
    var names: Set<String> = []
    var tables: [String: Table] = [:]
    for kind in kinds {
      for name in [kind.name] + kind.formerNames {
        precondition(NameRule.isKey(name), "'\(name)' cannot be the name of a kind")
        precondition(names.insert(name).inserted, "two kinds are called '\(name)'")
      }
      for setting in kind.settings {
        precondition(
          !ManifestKey.all.contains(setting.key),
          "'\(setting.key)' of '\(kind.name)' is a common key of all manifests")
      }
      for table in kind.tables {
        precondition(
          tables.updateValue(table, forKey: table.name) ?? table == table,
          "two tables are called '\(table.name)'")
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

  /// The artefacts of all kinds, each once, sorted by name.
  public var artefacts: [Artefact] {
    Set(kinds.flatMap(\.artefacts)).sorted { $0.name < $1.name }
  }

  /// The kind with a name.
  ///
  /// - Throws: ``Failure`` with a suggestion when there is none; former names are refused with the
  ///   present one.
  public func find(
    _ name: String, location: SourceLocation? = nil, exitCode: ExitCode = .manifestInvalid
  ) throws -> any Kind {
    if let kind = kinds.first(where: { $0.name == name }) { return kind }
    if let kind = kinds.first(where: { $0.formerNames.contains(name) }) {
      throw Failure(
        exitCode, "\(Failure.quote(name)) is no kind of experiment any more", location: location,
        why: "what it computed is a study of the kind '\(kind.name)'",
        help: "write 'experiment: \(kind.name)'")
    }
    let names = kinds.map(\.name)
    throw Failure(
      exitCode, "unknown experiment \(Failure.quote(name))", location: location,
      why: "registered are \(names.joined(separator: ", "))",
      help: Suggestion.help(for: name, among: names)
        ?? "write the name of a study of your own under 'study', its kind under 'experiment'")
  }

  /// The kind that a record names, be it by a former name.
  ///
  /// - Throws: ``Failure`` with a suggestion when there is none.
  public func find(recorded name: String, exitCode: ExitCode = .corrupt) throws -> any Kind {
    try kinds.first { $0.formerNames.contains(name) } ?? find(name, exitCode: exitCode)
  }
}
