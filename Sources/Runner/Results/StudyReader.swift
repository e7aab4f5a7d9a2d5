import ExperimentKit
import Store

/// Reads a study: the configurations that its manifests ask for, how every planned run stands, and
/// the rows of the complete ones.
///
/// The only reader of results: summaries, claims, status, figures and reports agree because all of
/// them ask it. Reading writes nothing, and works while another process computes.
public final class StudyReader: StudyResults {
  /// One planned run.
  public struct Run: Sendable {
    /// The run.
    public let name: RunName
    /// Position of its configuration in the record.
    let configuration: Int
    /// How it is shown: one label for each profile that asks for it.
    public let labels: [ResultLabel]
    /// Parts of all its steps.
    public let totalSteps: Int
    /// What its files say.
    public let inspection: RunInspection
  }

  /// The folder.
  public let folder: StudyFolder
  private let inspector: RunInspector
  let registry: KindRegistry
  /// What was asked for.
  public let record: StudyRecord
  /// Dotted keys of the settings that are columns of the tables, sorted.
  public let axes: [String]
  /// Every combination of labels with its planned seeds, in the order of the tables.
  public let groups: [ResultGroup]
  /// The runs of all configurations that some manifest asks for, by configuration and seed.
  public let runs: [Run]
  /// Tables that were read, by name.
  private var tables: [String: Content] = [:]

  /// What the runs have recorded of a table.
  private struct Content {
    var keys: [String] = []
    var rows: [ResultRow] = []
  }

  /// Name of the study.
  public var study: String { record.study }

  /// Looks at a study.
  ///
  /// - Parameters:
  ///   - folder: Its folder.
  ///   - registry: Knows the defaults of settings that configurations leave out.
  /// - Throws: ``Failure`` when `sweep.json` is missing or damaged.
  public init(_ folder: StudyFolder, registry: KindRegistry) throws {
    self.folder = folder
    let inspector = RunInspector(folder)
    self.inspector = inspector
    self.registry = registry
    record = try StudyRecord.required(folder)
    let labels = try StudyLabels(record, registry: registry)
    axes = labels.axes
    runs = record.configurations.enumerated().flatMap { index, configuration -> [Run] in
      let seeds = labels.seeds(of: index)
      return configuration.seeds.map { seed in
        let name = StudyRecord.name(configuration, seed: seed, in: folder)
        return Run(
          name: name, configuration: index,
          labels: seeds.filter { $0.seeds.contains(seed) }.map(\.label),
          totalSteps: configuration.totalSteps,
          inspection: inspector.inspect(folder.run(name)))
      }
    }
    var seeds: [ResultLabel: [Int: ResultGroup.State]] = [:]
    for run in runs {
      for label in run.labels {
        seeds[label, default: [:]][run.name.seed] = run.inspection.standing
      }
    }
    groups = seeds.map { ResultGroup(label: $0.key, seeds: $0.value) }
      .sorted { ResultLabel.precedes($0.label, $1.label) }
  }

  /// Keeps the digests that had to be computed; to be called only by whoever may write.
  public func saveDigests() { inspector.save() }

  /// The complete runs.
  public var completeRuns: [Run] { runs.filter { $0.inspection.condition == .done } }

  /// Names of the tables that complete runs have recorded, sorted.
  public var tableNames: [String] {
    Set(completeRuns.flatMap { $0.inspection.tableNames }).sorted()
  }

  /// The steps of a run; nil when this program does not have its kind.
  func steps(of run: Run) -> [RunStep]? {
    let configuration = record.configurations[run.configuration]
    return try? registry.find(recorded: configuration.kind).prepare(json: configuration.settings())
      .steps
  }

  /// The rows of a table of all complete runs; none when no run has recorded it.
  public func rows(of table: String) throws -> [ResultRow] { try content(of: table).rows }

  /// Names of the key columns of a table, as the files of the runs declare them.
  ///
  /// - Throws: ``Failure`` (corrupt) when two runs disagree.
  func keys(of table: String) throws -> [String] { try content(of: table).keys }

  private func content(of table: String) throws -> Content {
    if let known = tables[table] { return known }
    var content = Content()
    var first: String?
    for run in completeRuns where run.inspection.tableNames.contains(table) {
      let path = folder.run(run.name).metricsFile(table)
      let (keys, records) = try MetricsFile.read(path)
      if let first, content.keys != keys {
        throw Failure(
          .corrupt, "\(path) is damaged",
          why: "its keys are \(keys.joined(separator: ", ")), those of \(first) are "
            + content.keys.joined(separator: ", "))
      }
      first = path
      content.keys = keys
      for label in run.labels {
        content.rows += records.map {
          ResultRow(
            label: label, seed: run.name.seed, keys: $0.keys, metric: $0.metric, value: $0.value)
        }
      }
    }
    tables[table] = content
    return content
  }
}

extension RunInspection {
  /// How the seed counts in tables and claims.
  var standing: ResultGroup.State {
    switch condition {
    case .done: .complete
    case .failed, .diverged: .failed
    case .new, .resumable: status?.state == .failed ? .failed : .unfinished
    }
  }

  /// Names of the tables that a run has recorded, sorted.
  var tableNames: [String] {
    (status?.digests.keys.map(\.self) ?? [])
      .filter { $0.hasPrefix("metrics/") && $0.hasSuffix(".csv") }
      .map { String($0.dropFirst("metrics/".count).dropLast(".csv".count)) }.sorted()
  }
}
