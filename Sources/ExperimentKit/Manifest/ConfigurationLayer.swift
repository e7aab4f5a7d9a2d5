import Store

/// Overrides of one level of precedence.
enum ConfigurationLayer {
  /// Sections of a manifest, a variant or a profile.
  case sections([YAMLNode.Entry])
  /// One setting by its dotted path: an axis or a `--set`.
  case setting(path: String, location: SourceLocation, value: YAMLNode)
}

/// A configuration with all its settings.
struct ResolvedConfiguration {
  /// For hash and record.
  let json: JSONValue
  /// The rules that concern several settings at once are checked here.
  let prepare: () throws -> any PreparedRun
}

extension Kind {
  /// Keys of the sections.
  var sectionKeys: [String] { Configuration.schema.fields.map(\.key) }

  /// The defaults overridden by the layers in their order.
  func resolve(_ layers: [ConfigurationLayer]) throws -> ResolvedConfiguration {
    // Generic types have no stored static properties: the schema is made by each call.
    let schema = Configuration.schema
    var configuration = Configuration()
    for layer in layers {
      switch layer {
      case .sections(let entries):
        for entry in entries { try schema.apply(entry, to: &configuration) }
      case .setting(let path, let location, let value):
        let keys = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        try schema.apply(
          overridePath: keys, value: value, location: location, to: &configuration)
      }
    }
    let resolved = configuration
    return ResolvedConfiguration(json: schema.encode(resolved)) { try prepare(resolved) }
  }
}
