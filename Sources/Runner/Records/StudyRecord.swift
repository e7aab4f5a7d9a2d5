import ExperimentKit
import Store

/// Provenance of a folder of results: what `sweep.json` says.
///
/// It collects the command lines, manifests and configurations of all invocations of `modlab run`
/// for one study. Configurations are identified by their content; labels only say how they are
/// shown and which manifest asks for them. A configuration without labels is superseded: kept, with
/// its runs, but left out of the tables.
public struct StudyRecord: Sendable, Equatable {
  /// How a manifest calls a configuration, and the seeds it has been asked for.
  public struct Label: Sendable, Equatable {
    /// Path of the manifest, as in ``ManifestSource/path``.
    public var manifest: String
    /// Name of the profile.
    public var profile: String
    /// Swept and overridden settings, sorted by key.
    public var axes: [RunIdentity.Axis]
    /// Seeds, in increasing order.
    public var seeds: [Int]

    /// Creates a label.
    public init(manifest: String, profile: String, axes: [RunIdentity.Axis], seeds: [Int]) {
      self.manifest = manifest
      self.profile = profile
      self.axes = axes
      self.seeds = seeds
    }

    /// Whether two labels are the same but for their seeds.
    func isSame(as other: Label) -> Bool {
      manifest == other.manifest && profile == other.profile && axes == other.axes
    }
  }

  /// One resolved configuration.
  public struct Configuration: Sendable, Equatable {
    /// Name of the variant, which is part of the name of its folder.
    public var variant: String
    /// Registered name of the kind.
    public var kind: String
    /// Version of the kind.
    public var version: Int
    /// Hash of kind, version and configuration.
    public var hash: String
    /// Parts of all steps of a run.
    public var totalSteps: Int
    /// The resolved configuration as canonical JSON.
    public var text: String
    /// Who asks for it; none when it is superseded.
    public var labels: [Label]

    /// Creates a configuration.
    public init(
      variant: String, kind: String, version: Int, hash: String, totalSteps: Int, text: String,
      labels: [Label]
    ) {
      self.variant = variant
      self.kind = kind
      self.version = version
      self.hash = hash
      self.totalSteps = totalSteps
      self.text = text
      self.labels = labels
    }

    /// The name of the folder of its runs.
    public var folderName: String { "\(variant)-\(hash)" }

    /// All seeds that it has been asked for, in increasing order.
    public var seeds: [Int] { Set(labels.flatMap(\.seeds)).sorted() }

    /// The resolved configuration.
    ///
    /// - Throws: ``Failure`` (corrupt) when the text is none.
    public func settings() throws -> JSONValue {
      try JSONValue.parse(text, file: "sweep.json: configuration \(hash)")
    }
  }

  /// Name of the study.
  public var study: String
  /// The command lines, oldest first, each once.
  public var commandLines: [[String]] = []
  /// The manifests that were run, and those that they extend, by path.
  public var manifests: [ManifestSource] = []
  /// The environment of the last invocation.
  public var environment: JSONValue = .null
  /// All configurations that were ever asked for and not cleaned away, by variant and hash.
  public var configurations: [Configuration] = []

  /// Creates the record of nothing.
  public init(study: String) { self.study = study }

  /// How many command lines are kept.
  static let maximumCommandLines = 100

  // MARK: - Invocations

  /// Adds an invocation.
  ///
  /// A label belongs to one configuration at a time: where a manifest gives the same label to
  /// another configuration than before, the earlier one loses it. Labels of variants that the
  /// manifest no longer has are lost, too. Nothing else is removed.
  ///
  /// - Parameters:
  ///   - manifest: path of the manifest that was run.
  ///   - copies: the manifest, and those that it extends.
  ///   - variants: names of all variants of the manifest, not only those asked for.
  ///   - added: the configurations with one label each.
  public mutating func add(
    commandLine: [String], manifest: String, copies: [ManifestSource], variants: Set<String>,
    environment: JSONValue, configurations added: [Configuration]
  ) {
    commandLines.removeAll { $0 == commandLine }
    commandLines = Array((commandLines + [commandLine]).suffix(Self.maximumCommandLines))
    for copy in copies {
      manifests.removeAll { $0.path == copy.path }
      manifests.append(copy)
    }
    manifests.sort { $0.path < $1.path }
    self.environment = environment
    var positions: [String: Int] = [:]
    var owners: [LabelKey: [Int]] = [:]
    for (index, configuration) in configurations.enumerated() {
      positions[configuration.folderName] = index
      for label in configuration.labels where label.manifest == manifest {
        owners[LabelKey(configuration.variant, label), default: []].append(index)
      }
      if !variants.contains(configuration.variant) {
        configurations[index].labels.removeAll { $0.manifest == manifest }
      }
    }
    for new in added {
      var labels = new.labels
      for index in labels.indices {
        for owner in owners[LabelKey(new.variant, labels[index])] ?? [] {
          for old in configurations[owner].labels where old.isSame(as: labels[index]) {
            if configurations[owner].folderName == new.folderName {
              labels[index].seeds = Set(labels[index].seeds).union(old.seeds).sorted()
            }
          }
          configurations[owner].labels.removeAll { $0.isSame(as: labels[index]) }
        }
      }
      if let position = positions[new.folderName] {
        labels = configurations[position].labels + labels
        configurations[position] = new
        configurations[position].labels = labels
      } else {
        positions[new.folderName] = configurations.count
        configurations.append(new)
      }
    }
    configurations.sort { ($0.variant, $0.hash) < ($1.variant, $1.hash) }
  }

  private struct LabelKey: Hashable {
    let variant: String
    let manifest: String
    let profile: String
    let axes: [RunIdentity.Axis]

    init(_ variant: String, _ label: Label) {
      self.variant = variant
      manifest = label.manifest
      profile = label.profile
      axes = label.axes
    }
  }

  // MARK: - Runs

  /// The runs of all configurations that some manifest asks for.
  ///
  /// - Parameter folder: where they are; somebody may have given it another name than the study's.
  public func runs(in folder: StudyFolder) -> [RunName] {
    configurations.flatMap { configuration in
      configuration.seeds.map { Self.name(configuration, seed: $0, in: folder) }
    }
  }

  /// The name of a run of a configuration in a folder.
  static func name(
    _ configuration: Configuration, seed: Int, in folder: StudyFolder
  ) -> RunName {
    RunName(
      study: folder.name, variant: configuration.variant, hash: configuration.hash, seed: seed)
  }
}
