import ExperimentKit
import Store

/// Provenance of a folder of results: what `sweep.json` says.
///
/// It collects the command lines, manifests and configurations of all invocations of `modlab run`
/// for one study and one output folder. A run whose configuration is not listed here is stale:
/// the manifest has changed since.
public struct StudyRecord: Sendable, Equatable {
  /// A manifest that runs came from.
  public struct ManifestCopy: Sendable, Equatable {
    /// Path as given on the command line.
    public var path: String
    /// The whole text.
    public var text: String

    /// Creates a copy.
    public init(path: String, text: String) {
      self.path = path
      self.text = text
    }
  }

  /// One resolved configuration and the seeds it was asked for.
  public struct Configuration: Sendable, Equatable {
    /// Path of the manifest, as in ``ManifestCopy/path``.
    public var manifest: String
    /// Name of the variant.
    public var variant: String
    /// Name of the profile.
    public var profile: String
    /// Swept and overridden settings, sorted by key.
    public var axes: [RunIdentity.Axis]
    /// Hash of kind, version and configuration.
    public var hash: String
    /// Version of the kind.
    public var version: Int
    /// Seeds, in increasing order.
    public var seeds: [Int]
    /// Steps of a run.
    public var totalSteps: Int
    /// The resolved configuration.
    public var configuration: JSONValue

    /// What the configuration is called by its user: the same name with another hash replaces it.
    var name: [String] { [variant, profile] + axes.flatMap { [$0.key, $0.value] } }

    /// The value of a setting as it stands in the tables; empty when there is no such setting.
    func column(_ key: String) -> String {
      if let axis = axes.first(where: { $0.key == key }) { return axis.value }
      var value: JSONValue? = configuration
      for part in key.split(separator: ".") { value = value?[String(part)] }
      return value.map(SettingText.column) ?? ""
    }
  }

  /// Name of the study.
  public var study: String
  /// The command lines, oldest first, each once.
  public var commandLines: [[String]] = []
  /// The manifests, by path.
  public var manifests: [ManifestCopy] = []
  /// The environment of the last invocation.
  public var environment: JSONValue = .null
  /// The current configurations.
  public var configurations: [Configuration] = []

  /// Creates the record of nothing.
  public init(study: String) { self.study = study }

  /// How many command lines are kept.
  static let maximumCommandLines = 100

  /// Adds an invocation.
  ///
  /// A configuration replaces the one of the same variant, profile and axes; if they are the same
  /// by content, their seeds are united. Configurations of variants that their manifest no longer
  /// has are dropped.
  ///
  /// - Parameter variants: names of all variants of the manifest, not only those asked for.
  public mutating func add(
    commandLine: [String], manifest: ManifestCopy, variants: Set<String>, environment: JSONValue,
    configurations added: [Configuration]
  ) {
    commandLines.removeAll { $0 == commandLine }
    commandLines = Array((commandLines + [commandLine]).suffix(Self.maximumCommandLines))
    manifests.removeAll { $0.path == manifest.path }
    manifests.append(manifest)
    manifests.sort { $0.path < $1.path }
    self.environment = environment
    configurations.removeAll { $0.manifest == manifest.path && !variants.contains($0.variant) }
    for var new in added {
      if let index = configurations.firstIndex(where: { $0.name == new.name }) {
        if configurations[index].hash == new.hash {
          new.seeds = Set(new.seeds).union(configurations[index].seeds).sorted()
        }
        configurations[index] = new
      } else {
        configurations.append(new)
      }
    }
    configurations.sort { $0.name.lexicographicallyPrecedes($1.name) }
  }

  /// The runs of all current configurations, each once.
  public var runs: [RunName] {
    var seen: Set<RunName> = []
    return configurations.flatMap { configuration in
      configuration.seeds.map { name(configuration, seed: $0) }
    }.filter { seen.insert($0).inserted }
  }

  /// The name of a run of a configuration.
  public func name(_ configuration: Configuration, seed: Int) -> RunName {
    RunName(
      study: study, variant: configuration.variant, hash: configuration.hash, seed: seed)
  }

  /// Keys of all swept and overridden settings, sorted.
  public var axisKeys: [String] {
    Set(configurations.flatMap { $0.axes.map(\.key) }).sorted()
  }
}
