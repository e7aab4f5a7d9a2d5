import Store

/// The part of a manifest that one profile overrides.
public struct ManifestProfile: Sendable {
  /// The names that profiles can have, the quickest first.
  public static let names = ["smoke", "quick", "desk", "paper"]
  /// The profile that is meant where none is named.
  public static let standard = "quick"

  var sections: [YAMLNode.Entry] = []
  var seeds: [Int]?
  var checkpointInterval: Double?
  /// Replaces the manifest's sweep as a whole.
  var sweep: [ManifestAxis]?
  var variants: [String: [YAMLNode.Entry]] = [:]
  var skippedVariants: Set<String> = []
}

extension ManifestProfile {
  /// Reads one profile.
  init(_ node: YAMLNode, name: String, sectionKeys: [String], variants names: [String]) throws {
    for entry in try node.mapping() {
      switch entry.key {
      case ManifestKey.seeds: seeds = try SeedList.parse(entry.value)
      case ManifestKey.checkpointEvery:
        checkpointInterval = try Manifest.checkpointInterval(entry.value)
      case ManifestKey.sweep: sweep = try ManifestAxis.parse(entry.value)
      case ManifestKey.variants:
        for variant in try entry.value.mapping() {
          try Self.check(variant.key, at: variant.keyLocation, in: names)
          variants[variant.key] = try variant.value.mapping()
        }
      case ManifestKey.skipVariants:
        for element in try entry.value.sequence() {
          let variant = try element.string()
          try Self.check(variant, at: element.location, in: names)
          skippedVariants.insert(variant)
        }
        if skippedVariants.count == names.count {
          throw Failure(
            .manifestInvalid, "the profile '\(name)' skips all variants",
            location: entry.value.location)
        }
      case let key where sectionKeys.contains(key): sections.append(entry)
      default:
        throw UnknownKey.failure(
          entry.key, in: "profiles.\(name)", allowed: sectionKeys + ManifestKey.ofProfile,
          location: entry.keyLocation)
      }
    }
  }

  private static func check(
    _ variant: String, at location: SourceLocation, in names: [String]
  ) throws {
    guard !names.contains(variant) else { return }
    throw Failure(
      .manifestInvalid, "unknown variant \(Failure.quote(variant))", location: location,
      why: "the manifest has \(names.joined(separator: ", "))",
      help: Suggestion.help(for: variant, among: names))
  }
}
