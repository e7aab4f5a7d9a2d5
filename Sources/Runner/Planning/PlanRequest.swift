import ExperimentKit
import Store

/// What the user asks `modlab run` or `modlab plan` for.
public struct PlanRequest: Sendable {
  /// The manifests.
  public var manifests: [Manifest]
  /// Name of the profile.
  public var profile: String
  /// Seeds; nil for those of the manifest.
  public var seeds: [Int]?
  /// Overrides of settings.
  public var sets: [SettingOverride]
  /// Selects variants.
  public var only: GlobPattern?
  /// Where results are.
  public var output: OutputFolder
  /// States that are tried once more.
  public var retry: Set<RunStatus.State>
  /// The folder of the data sets; a run that has read other data than those is computed again.
  public var dataFolder: String?
  /// Number of workers, for the estimate of the whole.
  public var workers: Int
  /// The part of the runs that is looked at; nil for all.
  public var shard: Shard?
  /// Makes what proposes the configurations of a manifest.
  public var sweeper: @Sendable (SweepSpace) throws -> any Sweeper

  /// Creates a request.
  public init(
    manifests: [Manifest], profile: String = ManifestProfile.standard, seeds: [Int]? = nil,
    sets: [SettingOverride] = [], only: GlobPattern? = nil, output: OutputFolder,
    retry: Set<RunStatus.State> = [], workers: Int = 1, shard: Shard? = nil,
    sweeper: @escaping @Sendable (SweepSpace) throws -> any Sweeper = { GridSweeper($0) }
  ) {
    self.manifests = manifests
    self.profile = profile
    self.seeds = seeds
    self.sets = sets
    self.only = only
    self.output = output
    self.retry = retry
    self.workers = workers
    self.shard = shard
    self.sweeper = sweeper
  }

  /// The configurations of all manifests that are to be computed first: all of them, unless some
  /// depend on the results of others.
  ///
  /// - Throws: ``Failure`` when a manifest, profile or override is wrong.
  public func expanded() throws -> [PlannedManifest] {
    var sweep = try Sweep(self)
    return try sweep.next()
  }
}

/// The resolved variants of one manifest and their seeds.
public struct PlannedManifest: Sendable {
  /// The manifest.
  public let manifest: Manifest
  /// The resolved variants, in the order of the manifest.
  public let variants: [ResolvedVariant]
  /// The seeds.
  public let seeds: [Int]
}

extension [PlannedManifest] {
  /// The studies in the order in which they can be computed: those that read the tables of others stand
  /// in a later wave than these. What is computed elsewhere is no reason to wait, and studies that read
  /// each other stand in one wave.
  var waves: [Set<String>] {
    var reads: [String: Set<String>] = [:]
    for planned in self {
      let read = planned.variants.flatMap(\.prepared.studiesRead)
      reads[planned.manifest.study, default: []].formUnion(read)
    }
    var waves: [Set<String>] = []
    while !reads.isEmpty {
      let left = Set(reads.keys)
      let ready = left.filter { (reads[$0] ?? []).subtracting([$0]).isDisjoint(with: left) }
      let wave = ready.isEmpty ? left : ready
      waves.append(wave)
      for study in wave { reads[study] = nil }
    }
    return waves
  }
}
