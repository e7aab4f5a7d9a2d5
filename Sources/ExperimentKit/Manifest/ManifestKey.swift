/// The keys that all manifests have in common; every other key is a section of the kind.
enum ManifestKey {
  static let schema = "schema"
  static let experiment = "experiment"
  static let study = "study"
  static let extends = "extends"
  static let section = "section"
  static let title = "title"
  static let seeds = "seeds"
  static let checkpointEvery = "checkpoint-every"
  static let sweep = "sweep"
  static let variants = "variants"
  static let profiles = "profiles"
  static let claims = "claims"
  /// Only within a profile.
  static let skipVariants = "skip-variants"

  /// The common keys of the top level.
  static let all = [
    schema, experiment, study, extends, section, title, seeds, checkpointEvery, sweep, variants,
    profiles, claims,
    skipVariants,
  ]

  /// The keys that a profile may have besides the sections.
  static let ofProfile = [seeds, checkpointEvery, sweep, variants, skipVariants]

  /// The keys of the top level besides the sections.
  static let ofManifest = all.filter { $0 != skipVariants }
}
