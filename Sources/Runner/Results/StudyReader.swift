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
    var table: Table
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

  /// The rows of a table of all complete runs, recorded and derived; none when no run has recorded it.
  public func rows(of table: String) throws -> [ResultRow] { try content(of: table).rows }

  /// The declaration of a table. One that no kind declares, or declares otherwise by now, is what the files of
  /// the runs say.
  ///
  /// - Throws: ``Failure`` (corrupt) when two runs disagree.
  func table(_ name: String) throws -> Table { try content(of: name).table }

  private func content(of name: String) throws -> Content {
    if let known = tables[name] { return known }
    var content: Content?
    var first = ""
    for run in completeRuns where run.inspection.tableNames.contains(name) {
      let path = folder.run(run.name).metricsFile(name)
      let (keys, records) = try MetricsFile.read(path)
      if content == nil {
        content = Content(table: declaration(of: name, keys: keys))
        first = path
      }
      guard let table = content?.table else { continue }
      let declared = table.keys.map(\.name)
      guard declared == keys else {
        throw Failure(
          .corrupt, "\(path) is damaged",
          why: "its keys are \(keys.joined(separator: ", ")), those of \(first) are "
            + declared.joined(separator: ", "))
      }
      let all = try records + derived(table, records, of: run)
      for label in run.labels {
        content?.rows += all.map {
          ResultRow(
            label: label, seed: run.name.seed, keys: $0.keys, metric: $0.metric, value: $0.value)
        }
      }
    }
    let found = content ?? Content(table: declaration(of: name, keys: []))
    tables[name] = found
    return found
  }

  private func declaration(of name: String, keys: [String]) -> Table {
    registry.tables.first { $0.name == name && $0.keys.map(\.name) == keys }
      ?? Table(found: name, keys: keys)
  }

  /// The rows of a table that follow from what a run has recorded.
  private func derived(_ table: Table, _ own: [Record], of run: Run) throws -> [Record] {
    guard let derivation = table.derivation else { return [] }
    return try derivation { other in
      if other == table { return own }
      guard run.inspection.tableNames.contains(other.name) else { return [] }
      let (keys, records) = try MetricsFile.read(folder.run(run.name).metricsFile(other.name))
      return keys == other.keys.map(\.name) ? records : []
    }
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
