import ExperimentKit
import Statistics
import Store

/// Builds `<table>.csv` and `<table>_summary.csv` of an experiment from the rows of its runs.
///
/// The order of the rows follows from their keys alone.
struct TableBuilder {
  let experiment: String
  let table: Table
  /// Keys of the swept settings.
  let axes: [String]
  /// Number of failed and diverged seeds, by group.
  let failures: [[String]: Int]

  private struct SeedValue {
    let group: [String]
    let keys: [String]
    let metric: String
    let seed: Int
    let value: Double
  }

  /// The two tables.
  func build(_ runs: [RunRows]) -> (rows: CSVTable, summary: CSVTable) {
    let values = runs.flatMap { run in
      run.rows.map {
        SeedValue(
          group: run.group, keys: $0.keys, metric: $0.metric, seed: run.seed, value: $0.value)
      }
    }
    return (rowsTable(values), summaryTable(values))
  }

  /// The columns of the group: dashes of settings become underscores.
  private var groupHeader: [String] {
    ["experiment", "variant", "profile"] + axes.map(SweptColumn.name)
  }

  private func rowsTable(_ values: [SeedValue]) -> CSVTable {
    let sorted = values.sorted { a, b in
      if a.group != b.group { return Self.groupPrecedes(a.group, b.group) }
      if a.seed != b.seed { return a.seed < b.seed }
      return table.precedes((a.keys, a.metric), (b.keys, b.metric))
    }
    return CSVTable(
      header: groupHeader + ["seed"] + table.keys.map(\.name) + ["metric", "value"],
      rows: sorted.map { value in
        [experiment] + value.group + [String(value.seed)] + value.keys
          + [value.metric, CSVNumber.format(value.value)]
      })
  }

  private func summaryTable(_ values: [SeedValue]) -> CSVTable {
    struct Cell: Hashable {
      let group: [String]
      let keys: [String]
      let metric: String
    }
    let cells = Dictionary(grouping: values) {
      Cell(group: $0.group, keys: $0.keys, metric: $0.metric)
    }
    let sorted = cells.sorted { a, b in
      if a.key.group != b.key.group { return Self.groupPrecedes(a.key.group, b.key.group) }
      return table.precedes((a.key.keys, a.key.metric), (b.key.keys, b.key.metric))
    }
    return CSVTable(
      header: groupHeader + table.keys.map(\.name) + [
        "metric", "n", "n_failed", "mean", "std", "sem", "ci95_low", "ci95_high", "min", "max",
      ],
      rows: sorted.map { cell, values in
        // The order of the seeds fixes the order of the sum.
        let ordered = values.sorted { $0.seed < $1.seed }.map(\.value)
        let summary = Summary(of: ordered, failures: failures[cell.group] ?? 0)
        let numbers = [
          summary.mean, summary.standardDeviation, summary.standardError, summary.confidenceLow,
          summary.confidenceHigh, summary.minimum, summary.maximum,
        ]
        return [experiment] + cell.group + cell.keys
          + [cell.metric, String(summary.n), String(summary.nFailed)]
          + numbers.map(CSVNumber.format)
      })
  }

  /// Variant and profile sort as text, swept values as numbers.
  static func groupPrecedes(_ a: [String], _ b: [String]) -> Bool {
    for (index, (x, y)) in zip(a, b).enumerated() where x != y {
      return KeyOrder.precedes(x, y, kind: index < 2 ? .text : .number)
    }
    return a.count < b.count
  }
}

/// The columns of swept settings.
enum SweptColumn {
  /// The name of the column of a setting: `mask.init-logit` becomes `mask.init_logit`.
  static func name(_ key: String) -> String {
    String(key.map { $0 == "-" ? "_" : $0 })
  }
}
