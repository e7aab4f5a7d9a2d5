import ExperimentKit
import Store
import Tensors

/// Rebuilds all CSV tables of an experiment from the folders of its runs.
///
/// Only runs of current configurations count (`sweep.json`), and only complete ones contribute
/// rows; failed and diverged seeds are counted in `n_failed`. The same run folders always give the
/// same bytes.
public struct Summarizer {
  /// What was written.
  public struct Report: Sendable, Equatable {
    /// Paths of the tables, summaries included.
    public var files: [String] = []
    /// Number of complete runs.
    public var complete = 0
    /// Number of runs of all current configurations.
    public var total = 0
    /// What the user should know.
    public var warnings: [String] = []
  }

  private let folder: StudyFolder
  private let record: StudyRecord
  private let axes: [String]

  /// Prepares the tables of a folder.
  ///
  /// - Throws: ``Failure`` when `sweep.json` is missing or damaged.
  public init(_ folder: StudyFolder) throws {
    guard let record = try StudyRecord.read(folder) else {
      throw Failure(
        .inputOutput, "no results in \(Failure.quote(folder.path))", why: "it has no sweep.json",
        help: "start with 'modlab run'")
    }
    self.folder = folder
    self.record = record
    axes = record.axisKeys
  }

  /// A seed of a configuration and what is known about it.
  private struct Seed {
    let configuration: StudyRecord.Configuration
    let group: [String]
    let name: RunName
    let inspection: RunInspection
  }

  /// Writes all tables that have changed, and removes those that no run has any more.
  ///
  /// - Throws: ``Failure`` when a run's table is damaged or a file cannot be written.
  public func write() throws -> Report {
    var report = Report()
    let seeds = currentSeeds()
    let complete = seeds.filter { $0.inspection.condition == .done }
    report.total = Set(seeds.map(\.name)).count
    report.complete = Set(complete.map(\.name)).count
    for name in Set(complete.flatMap { tableNames($0) }).sorted() {
      report.files += try writeTable(name, complete, failures: failures(seeds))
    }
    let runs = RunsTable(experiment: record.study, axes: axes).build(rows(seeds))
    try update(runs, folder.runsFile)
    removeStaleTables(keeping: Set(report.files))
    report.warnings = warnings(complete)
    return report
  }

  // MARK: - Runs

  private func currentSeeds() -> [Seed] {
    var inspections: [RunName: RunInspection] = [:]
    var seen: Set<[String]> = []
    return record.configurations.flatMap { configuration -> [Seed] in
      let group =
        [configuration.variant, configuration.profile] + axes.map(configuration.column)
      // A swept value that equals the default names the same runs a second time.
      guard seen.insert(group).inserted else { return [] }
      return configuration.seeds.map { seed in
        let name = record.name(configuration, seed: seed)
        let inspection = inspections[name] ?? RunInspection.of(folder.run(name))
        inspections[name] = inspection
        return Seed(
          configuration: configuration, group: group, name: name, inspection: inspection)
      }
    }
  }

  private func tableNames(_ seed: Seed) -> [String] {
    (seed.inspection.status?.digests.keys.map(\.self) ?? [])
      .filter { $0.hasPrefix("metrics/") && $0.hasSuffix(".csv") }.map(FilePath.stem)
  }

  private func failures(_ seeds: [Seed]) -> [[String]: Int] {
    var failures: [[String]: Int] = [:]
    for seed in seeds {
      switch seed.inspection.status?.state {
      case .failed, .diverged: failures[seed.group, default: 0] += 1
      default: break
      }
    }
    return failures
  }

  private func rows(_ seeds: [Seed]) -> [RunsTable.Row] {
    seeds.map {
      RunsTable.Row(
        group: $0.group, hash: $0.configuration.hash, seed: $0.name.seed,
        inspection: $0.inspection)
    }
  }

  // MARK: - Files

  private func writeTable(
    _ name: String, _ complete: [Seed], failures: [[String]: Int]
  ) throws -> [String] {
    var table = Table.named(name)
    var runs: [RunRows] = []
    for seed in complete where tableNames(seed).contains(name) {
      let (found, rows) = try MetricsFile.read(
        folder.run(seed.name).metricsFile(name), table: table)
      table = table ?? found
      runs.append(RunRows(group: seed.group, seed: seed.name.seed, rows: rows))
    }
    guard let table else { return [] }
    let builder = TableBuilder(
      experiment: record.study, table: table, axes: axes, failures: failures)
    let (rows, summary) = builder.build(runs)
    try update(rows, folder.tableFile(name))
    try update(summary, folder.summaryFile(name))
    return [folder.tableFile(name), folder.summaryFile(name)]
  }

  /// Replaces a file unless it has this content already.
  private func update(_ table: CSVTable, _ path: String) throws {
    let text = table.serialized()
    if let old = try? InputFile.bytes(at: path), old == Array(text.utf8) { return }
    try AtomicFile.write(text, to: path)
  }

  private func removeStaleTables(keeping files: Set<String>) {
    for table in Table.all {
      for path in [folder.tableFile(table.name), folder.summaryFile(table.name)]
      where !files.contains(path) && Folder.exists(path) {
        try? AtomicFile.operations.remove(path)
      }
    }
  }

  private func warnings(_ complete: [Seed]) -> [String] {
    let statuses = complete.compactMap(\.inspection.status)
    var warnings: [String] = []
    func warn(_ values: Set<String>, _ kind: String, _ column: String) {
      warnings.append(
        "\(folder.path) mixes results of different \(kind) (\(values.sorted().joined(separator: ", "))): "
          + "they may differ in the last bits; see the column \(column) of runs.csv")
    }
    let cores = Set(statuses.map(\.blasCore))
    if cores.count > 1 { warn(cores, "BLAS kernels", "blas_core") }
    // The levels with fused multiply-adds agree with one another.
    let levels = Set(statuses.map(\.kernelLevel))
    let roundings = Set(levels.map { KernelLevel(rawValue: $0)?.hasFusedMultiplyAdd })
    if roundings.count > 1 { warn(levels, "kernel levels", "kernel_level") }
    return warnings
  }
}
