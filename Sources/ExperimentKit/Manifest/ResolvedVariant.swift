import Store

/// One point of a manifest: a variant at one combination of swept values, fully resolved.
public struct ResolvedVariant: Sendable {
  /// What is computed, as in `config.json`.
  public let identity: RunIdentity
  /// What is known of a run before it is computed.
  public let prepared: any PreparedRun
  /// Seconds of work between two checkpoints; not part of the hash.
  public let checkpointInterval: Double

  /// Creates a variant from its parts.
  public init(
    identity: RunIdentity, prepared: any PreparedRun, checkpointInterval: Double
  ) {
    self.identity = identity
    self.prepared = prepared
    self.checkpointInterval = checkpointInterval
  }

  /// Name of the variant.
  public var variant: String { identity.variant }
  /// Name of the profile.
  public var profile: String { identity.profile }
  /// Swept and overridden settings, sorted by key.
  public var axes: [RunIdentity.Axis] { identity.axes }
  /// The resolved configuration.
  public var configuration: JSONValue { identity.configuration }
  /// The ten digits that name the configuration.
  public var hash10: String { identity.hash }
  /// Name of the folder of all seeds: `<variant>-<hash>`.
  public var folderName: String { identity.folderName }

  /// The variant with its swept values, for people: `main mask.beta=0.0001`.
  public var label: String {
    ([variant] + axes.map { "\($0.key)=\($0.value)" }).joined(separator: " ")
  }

  /// Whether a glob of `--only` selects this: it is compared with the variant, the name of the
  /// folder and the label.
  public func matches(_ pattern: GlobPattern) -> Bool {
    pattern.matches(variant) || pattern.matches(folderName) || pattern.matches(label)
  }
}
