import Store

/// A declarative description of one experiment: settings, variants, profiles, sweeps and claims.
///
/// Decoded strictly: every unknown key, wrong type, duplicate and value out of range anywhere in
/// the file, used or not, is an error with its place and a suggestion.
public struct Manifest: Sendable {
  /// The files: the manifest itself first, then what it extends.
  public let sources: [ManifestSource]
  /// The kind of experiment it is about.
  public let kind: any Kind
  /// Name of the study: of its folder, and of the first column of its tables.
  public let study: String
  /// Section of the paper; that of the kind unless the manifest says otherwise.
  public let section: String
  /// Title; the kind's summary unless the manifest says otherwise.
  public let title: String
  /// Names of the variants in the order of the manifest; `main` when it lists none.
  public let variants: [String]
  /// The claims that `modlab check` verifies.
  public let claims: [Claim]

  let kindLocation: SourceLocation
  let settings: SettingLookup
  let sections: [YAMLNode.Entry]
  let variantEntries: [YAMLNode.Entry]
  let seeds: [Int]
  let interval: Double
  let sweep: [ManifestAxis]
  let profiles: [String: ManifestProfile]
  let hasProfiles: Bool

  /// The version of the manifest format.
  public static let schemaVersion = 1
  /// Seconds between two checkpoints when a manifest does not say otherwise.
  public static let defaultCheckpointInterval = 60.0
  /// The profile in which the manifest's own numbers apply.
  public static let paperProfile = "paper"

  /// Path as given.
  public var path: String { sources[0].path }
  /// Content of the file.
  public var text: String { sources[0].text }

  /// Reads a manifest file and what it extends.
  ///
  /// - Throws: ``Failure`` (manifest invalid) with the place of the mistake.
  public static func load(_ path: String, registry: KindRegistry) throws -> Manifest {
    try Manifest(
      .load(path), find: { try registry.find($0, location: $1) }, registry: registry,
      read: ManifestSource.load)
  }

  /// Reads a manifest from a text.
  ///
  /// - Parameters:
  ///   - path: Name for messages, and for the study unless the text names it.
  ///   - bases: The manifests that it extends.
  ///   - isRecorded: Whether the text is on record, so that it may name a kind by a former name.
  public init(
    text: String, path: String, registry: KindRegistry, bases: [ManifestSource] = [],
    isRecorded: Bool = false
  ) throws {
    try self.init(
      ManifestSource(path: path, text: text),
      find: { name, location in
        try isRecorded ? registry.find(recorded: name) : registry.find(name, location: location)
      }, registry: registry
    ) { path in
      guard let base = bases.first(where: { $0.path == path }) else {
        throw Failure(.manifestInvalid, "there is no copy of \(Failure.quote(path: path))")
      }
      return base
    }
  }

  init(
    _ source: ManifestSource, find: (String, SourceLocation) throws -> any Kind,
    registry: KindRegistry, read: (String) throws -> ManifestSource
  ) throws {
    let document = try ManifestDocument(source, read: read)
    let root = document.root
    let entries = try root.mapping()
    guard let name = root[ManifestKey.experiment] else {
      throw Failure(
        .manifestInvalid, "the key 'experiment' is missing", location: root.location,
        help: "write experiment: with the name of a registered experiment")
    }
    let kind = try find(name.string(), name.location)
    let sectionKeys = kind.sectionKeys
    for entry in entries
    where !ManifestKey.ofManifest.contains(entry.key) && !sectionKeys.contains(entry.key) {
      throw UnknownKey.failure(
        entry.key, in: "", allowed: sectionKeys + ManifestKey.ofManifest,
        location: entry.keyLocation)
    }
    sources = document.sources
    self.kind = kind
    study = try StudyName.of(root[ManifestKey.study], path: source.path, root: root)
    kindLocation = name.location
    settings = SettingLookup(kind)
    section = try root[ManifestKey.section]?.string() ?? kind.section
    title = try root[ManifestKey.title]?.string() ?? kind.summary
    seeds = try root[ManifestKey.seeds].map(SeedList.parse) ?? [0]
    interval =
      try root[ManifestKey.checkpointEvery].map(Self.checkpointInterval)
      ?? Self.defaultCheckpointInterval
    sections = entries.filter { sectionKeys.contains($0.key) }
    sweep = try root[ManifestKey.sweep].map(ManifestAxis.parse) ?? []
    variantEntries = try Self.variants(root, sectionKeys: sectionKeys)
    variants = variantEntries.map(\.key)
    hasProfiles = root[ManifestKey.profiles] != nil
    profiles = try Self.profiles(root, sectionKeys: sectionKeys, variants: variants)
    let axes = sweep + profiles.values.flatMap { $0.sweep ?? [] }
    let vocabulary = ClaimVocabulary(
      tables: registry.tables, variants: variants, axisKeys: axes.map(\.key))
    claims = try root[ManifestKey.claims].map { try Claim.parseList($0, vocabulary) } ?? []
    try checkAllLayers()
  }

  // MARK: - Profiles

  /// Names of the profiles that the manifest distinguishes, the quickest first.
  public var profileNames: [String] {
    ManifestProfile.names.filter { $0 == Self.paperProfile || profiles[$0] != nil }
  }

  /// The seeds of a profile.
  public func seeds(profile: String) throws -> [Int] {
    try self.profile(profile).seeds ?? seeds
  }

  /// The swept settings of a profile.
  public func axes(profile: String) throws -> [ManifestAxis] {
    try self.profile(profile).sweep ?? sweep
  }

  /// The variants that a profile does not skip, in the order of the manifest.
  public func variants(profile: String) throws -> [String] {
    let skipped = try self.profile(profile).skippedVariants
    return variants.filter { !skipped.contains($0) }
  }

  /// Seconds of work between two checkpoints.
  public func checkpointInterval(profile: String) throws -> Double {
    try self.profile(profile).checkpointInterval ?? interval
  }

  /// What a profile overrides.
  ///
  /// The manifest's own numbers are the profile `paper`. A manifest without any profiles means them
  /// for every profile.
  ///
  /// - Throws: ``Failure`` (usage) when there is no such profile.
  func profile(_ name: String) throws -> ManifestProfile {
    if let profile = profiles[name] { return profile }
    let names = hasProfiles ? profileNames : ManifestProfile.names
    guard names.contains(name) else {
      throw Failure(
        .usage, "\(path) has no profile \(Failure.quote(name))",
        why: "it has \(names.joined(separator: ", "))",
        help: Suggestion.help(for: name, among: names))
    }
    return ManifestProfile()
  }
}
