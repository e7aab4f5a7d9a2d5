import Store

extension Manifest {
  /// What to do about a file of another kind.
  static let helpForOtherFiles =
    "a manifest is a file of YAML; 'modlab init' writes one for a network of yours"

  /// Refuses what is no manifest of the version that is read.
  static func checkSchema(_ root: YAMLNode) throws {
    guard case .mapping = root.value else {
      throw root.mismatch("a mapping", help: helpForOtherFiles)
    }
    guard let node = root[ManifestKey.schema] else {
      throw Failure(
        .manifestInvalid, "the key 'schema' is missing", location: root.location,
        help: "write schema: \(schemaVersion) as the first line; if this is a record of a run, "
          + "name the manifest that was run")
    }
    if let text = node.scalarText, text.hasPrefix("modlab-") {
      throw Failure(
        .manifestInvalid, "this is no manifest but a record of results", location: node.location,
        why: "its schema is \(Failure.quote(text))", help: "name the manifest that was run")
    }
    let version = try node.integer()
    guard version == schemaVersion else {
      throw Failure(
        .manifestInvalid, "schema \(version) is not known", location: node.location,
        why: "this modlab reads schema \(schemaVersion)",
        help: version > schemaVersion ? "use a newer modlab" : nil)
    }
  }

  static func checkpointInterval(_ node: YAMLNode) throws -> Double {
    let seconds = try node.number()
    guard seconds > 0, seconds <= 86_400 else {
      throw Failure(
        .manifestInvalid, "'checkpoint-every': \(CSVNumber.format(seconds)) is out of range",
        location: node.location, why: "allowed is > 0, ≤ 86400 seconds")
    }
    return seconds
  }

  /// The variants; one called `main` without overrides when there is no such section.
  static func variants(_ root: YAMLNode, sectionKeys: [String]) throws -> [YAMLNode.Entry] {
    guard let node = root[ManifestKey.variants] else {
      return [
        YAMLNode.Entry(
          key: "main", keyLocation: root.location,
          value: YAMLNode(.mapping([]), location: root.location))
      ]
    }
    let variants = try node.mapping()
    if variants.isEmpty {
      throw Failure(
        .manifestInvalid, "there are no variants", location: node.location,
        help: "leave out 'variants' for a single one called main")
    }
    for variant in variants {
      guard NameRule.isKey(variant.key) else {
        throw Failure(
          .manifestInvalid, "\(Failure.quote(variant.key)) cannot be the name of a variant",
          location: variant.keyLocation,
          why: "names are made of at most 64 lower-case letters, digits and dashes")
      }
      for entry in try variant.value.mapping() where !sectionKeys.contains(entry.key) {
        throw UnknownKey.failure(
          entry.key, in: "variants.\(variant.key)", allowed: sectionKeys,
          location: entry.keyLocation)
      }
    }
    return variants
  }

  static func profiles(
    _ root: YAMLNode, sectionKeys: [String], variants: [String]
  ) throws -> [String: ManifestProfile] {
    var profiles: [String: ManifestProfile] = [:]
    for entry in try root[ManifestKey.profiles]?.mapping() ?? [] {
      guard ManifestProfile.names.contains(entry.key) else {
        throw UnknownKey.failure(
          entry.key, in: ManifestKey.profiles, allowed: ManifestProfile.names,
          location: entry.keyLocation)
      }
      profiles[entry.key] = try ManifestProfile(
        entry.value, name: entry.key, sectionKeys: sectionKeys, variants: variants)
    }
    return profiles
  }

  /// Decodes every layer once, so that mistakes show even where nobody looks today.
  func checkAllLayers() throws {
    func check(_ layers: [ConfigurationLayer]) throws { _ = try kind.resolve(layers) }
    try check([.sections(sections)])
    for variant in variantEntries { try check([.sections(variant.value.mapping())]) }
    try sweep.forEach(checkAxis)
    for name in ManifestProfile.names {
      guard let profile = profiles[name] else { continue }
      try check([.sections(profile.sections)])
      for variant in profile.variants.values { try check([.sections(variant)]) }
      try profile.sweep?.forEach(checkAxis)
    }
  }

  /// Decodes every value of an axis.
  func checkAxis(_ axis: ManifestAxis) throws {
    // One configuration takes all values in turn: an axis may have thousands.
    let layers = axis.values.map {
      ConfigurationLayer.setting(path: axis.key, location: axis.keyLocation, value: $0)
    }
    _ = try column(of: axis, in: kind.resolve(layers).json)
  }

  /// The text of a swept setting in a resolved configuration.
  ///
  /// - Throws: ``Failure`` when the axis is a whole section.
  func column(of axis: ManifestAxis, in configuration: JSONValue) throws -> String {
    let value = settings.value(of: axis.key, in: configuration)
    if case .object(let members)? = value {
      throw Failure(
        .manifestInvalid, "\(Failure.quote(axis.key)) is a section, not a single setting",
        location: axis.keyLocation,
        help: "name a setting of it, such as "
          + (members.keys.sorted().first.map { "'\(axis.key).\($0)'" } ?? "its first"))
    }
    return value.map(SettingText.column) ?? "none"
  }
}
