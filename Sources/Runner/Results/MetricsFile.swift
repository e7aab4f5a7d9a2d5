import ExperimentKit
import Store

/// Reads the rows of a table from the folder of a run.
enum MetricsFile {
  /// - Throws: ``Failure`` (corrupt) when the file is not what the worker writes.
  static func read(_ path: String) throws -> (keys: [String], rows: [Record]) {
    let csv = try CSVTable.read(path, missing: .corrupt)
    guard csv.header.count >= 2, csv.header.suffix(2) == ["metric", "value"] else {
      throw Failure(
        .corrupt, "\(path) is damaged", why: "its last columns are not metric and value")
    }
    let rows = try csv.rows.enumerated().map { index, row in
      guard let value = try CSVNumber.parse(row[row.count - 1]) else {
        throw Failure(.corrupt, "\(path):\(index + 2): the value is missing")
      }
      return Record(keys: Array(row[..<(row.count - 2)]), metric: row[row.count - 2], value: value)
    }
    return (Array(csv.header.dropLast(2)), rows)
  }
}
