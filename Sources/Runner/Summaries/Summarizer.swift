import ExperimentKit
import Store
import Tensors

/// Rebuilds all CSV tables of a study from the folders of its runs.
///
/// Only complete runs contribute rows; failed and diverged seeds are counted in `n_failed`. The same
/// run folders always give the same bytes.
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

  private let reader: StudyReader
  private let tables: [Table]
  private var folder: StudyFolder { reader.folder }

  /// Prepares the tables of a study.
  public init(_ reader: StudyReader, registry: KindRegistry) {
    self.reader = reader
    tables = registry.tables
  }

  /// Writes all tables that have changed, and removes those that no run has any more.
  ///
  /// - Throws: ``Failure`` when a run's table is damaged or a file cannot be written.
  public func write() throws -> Report {
    var report = Report()
    report.total = reader.runs.count
    report.complete = reader.completeRuns.count
    for name in reader.tableNames {
      report.files += try writeTable(name)
    }
    let runs = RunsTable(study: reader.study, axes: reader.axes).build(reader.runs)
    try update(runs, folder.runsFile)
    removeStaleTables(keeping: Set(report.files))
    report.warnings = warnings()
    reader.saveDigests()
    return report
  }

  // MARK: - Files

  private func writeTable(_ name: String) throws -> [String] {
    let (table, builder) = try builder(of: name)
    let rows = try reader.rows(of: name)
    try update(builder.rowsTable(rows), folder.tableFile(name))
    guard table.hasSummary else { return [folder.tableFile(name)] }
    try update(builder.summaryTable(rows), folder.summaryFile(name))
    return [folder.tableFile(name), folder.summaryFile(name)]
  }

  private func builder(of name: String) throws -> (table: Table, builder: TableBuilder) {
    let table = try reader.table(name)
    return (
      table,
      TableBuilder(study: reader.study, table: table, axes: reader.axes, groups: reader.groups)
    )
  }

  /// The declaration of a table, and its summary as ``write()`` writes it; no summary where the table has
  /// none.
  ///
  /// - Throws: ``Failure`` when a run's table is damaged.
  public func summary(of name: String) throws -> (table: Table, summary: CSVTable?) {
    let (table, builder) = try builder(of: name)
    return (table, table.hasSummary ? builder.summaryTable(try reader.rows(of: name)) : nil)
  }

  /// Replaces a file unless it has this content already.
  private func update(_ table: CSVTable, _ path: String) throws {
    let bytes = table.serializedBytes()
    if let old = try? InputFile.bytes(at: path), old == bytes { return }
    try AtomicFile.write(bytes, to: path)
  }

  private func removeStaleTables(keeping files: Set<String>) {
    for table in tables {
      for path in [folder.tableFile(table.name), folder.summaryFile(table.name)]
      where !files.contains(path) && Folder.exists(path) {
        try? AtomicFile.operations.remove(path)
      }
    }
  }

  private func warnings() -> [String] {
    let statuses = reader.completeRuns.compactMap(\.inspection.status)
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
