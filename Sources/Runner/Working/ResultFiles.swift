import ExperimentKit
import Store

/// What a run leaves when it is complete: its tables, and the artefacts that it has saved.
enum ResultFiles {
  /// Writes the tables and removes what only an earlier version of the program has left.
  ///
  /// - Returns: SHA-256 of all result files, read back from the disk, by their path within the
  ///   folder.
  /// - Throws: ``Failure``: (internal error) when nothing was recorded; (input/output).
  static func write(
    _ context: RunContext, of kind: any Kind, to folder: RunFolder
  ) throws -> [String: String] {
    let tables = context.recordedTables
    for table in tables {
      let rows = context.records(of: table).map {
        $0.keys + [$0.metric, CSVNumber.format($0.value)]
      }
      try CSVTable(header: table.keys.map(\.name) + ["metric", "value"], rows: rows)
        .write(to: folder.metricsFile(table.name))
    }
    let names = Set(tables.map { "metrics/\($0.name).csv" }).union(context.savedArtefacts)
    guard !names.isEmpty else {
      throw Failure(.internalError, "'\(kind.name)' recorded nothing")
    }
    let known = folder.tableFiles() + kind.artefacts.map(\.name)
    for name in known where !names.contains(name) {
      try? AtomicFile.operations.remove("\(folder.path)/\(name)")
    }
    return try Dictionary(
      uniqueKeysWithValues: names.map { ($0, try SHA256.file(at: "\(folder.path)/\($0)")) })
  }
}
