/// Proposes the configurations of a study, batch by batch: all at once, or some that depend on the
/// results of others.
///
/// Every command starts from the beginning, with the results of earlier ones: a sweeper that
/// proposes the same configurations for the same results goes on where the last command stopped.
public protocol Sweeper {
  /// The configurations to compute next; none when there is nothing more to compute.
  ///
  /// What was proposed before is not computed again.
  ///
  /// - Parameter results: reads the results of the study so far; gives nil when there are none.
  /// - Throws: ``Failure`` when a configuration is refused.
  mutating func next(_ results: () throws -> (any StudyResults)?) throws -> [ResolvedVariant]
}

/// What a sweeper chooses from: a manifest, and what the command line makes of it.
public struct SweepSpace: Sendable {
  /// The manifest.
  public let manifest: Manifest
  /// Name of the profile.
  public let profile: String
  /// Overrides of settings.
  public let sets: [SettingOverride]
  /// Selects variants; nil for all.
  public let only: GlobPattern?

  /// Creates a space.
  public init(
    _ manifest: Manifest, profile: String, sets: [SettingOverride] = [], only: GlobPattern? = nil
  ) {
    self.manifest = manifest
    self.profile = profile
    self.sets = sets
    self.only = only
  }

  /// All variants at all combinations of swept values.
  ///
  /// - Parameter point: further settings, such as a point of a search; they stand in the columns of
  ///   the tables like swept ones.
  /// - Throws: ``Failure`` as ``Manifest/resolve(profile:sets:only:)``.
  public func resolve(at point: [SettingOverride] = []) throws -> [ResolvedVariant] {
    try manifest.resolve(profile: profile, sets: sets + point, only: only)
  }
}

/// All combinations of the values in `sweep` of the manifest and in `--set`, at once.
public struct GridSweeper: Sweeper {
  private let space: SweepSpace
  private var isDone = false

  /// Creates the sweeper of a grid.
  public init(_ space: SweepSpace) { self.space = space }

  /// Everything at the first call, nothing afterwards.
  public mutating func next(
    _ results: () throws -> (any StudyResults)?
  ) throws -> [ResolvedVariant] {
    guard !isDone else { return [] }
    isDone = true
    return try space.resolve()
  }
}
