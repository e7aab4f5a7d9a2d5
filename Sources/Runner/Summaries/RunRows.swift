import ExperimentKit
import Store

/// The rows of one table of one complete run, and the columns they get in the table of all runs.
struct RunRows {
  /// Variant, profile and values of the swept settings.
  let group: [String]
  let seed: Int
  let rows: [Record]
}

/// Reads the rows of a table from the folder of a run.
enum MetricsFile {
  /// - Parameter table: the declaration; nil for a table that only the file declares.
  /// - Throws: ``Failure`` (corrupt) when the file is not what the worker writes.
  static func read(_ path: String, table: Table?) throws -> (table: Table, rows: [Record]) {
    let csv = try CSVTable.read(path, missing: .corrupt)
    guard csv.header.count >= 2, csv.header.suffix(2) == ["metric", "value"] else {
      throw Failure(.corrupt, "\(path) is damaged", why: "it does not end with metric and value")
    }
    let keys = Array(csv.header.dropLast(2))
    if let table, table.keys.map(\.name) != keys {
      throw Failure(
        .corrupt, "\(path) is damaged",
        why: "its keys are \(keys.joined(separator: ", ")), those of the table are "
          + table.keys.map(\.name).joined(separator: ", "))
    }
    let rows = try csv.rows.enumerated().map { index, row in
      guard let value = try CSVNumber.parse(row[row.count - 1]) else {
        throw Failure(.corrupt, "\(path):\(index + 2): there is no value")
      }
      return Record(keys: Array(row.dropLast(2)), metric: row[row.count - 2], value: value)
    }
    let name = FilePath.stem(path)
    return (table ?? Table(name, keys: keys.map { Table.Key($0) }, metrics: []), rows)
  }
}

/// Parts of paths.
enum FilePath {
  /// The last component.
  static func name(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// The last component without its extension.
  static func stem(_ path: String) -> String {
    let name = name(path)
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return name }
    return String(name[..<dot])
  }
}
