import ExperimentKit
import Statistics
import Store
import Tensors

/// Builds `<table>.csv` and `<table>_summary.csv` of a study from the rows of its runs.
///
/// The order of the rows follows from their keys alone.
struct TableBuilder {
  let study: String
  let table: Table
  /// Dotted keys of the swept settings.
  let axes: [String]
  /// What was planned.
  let groups: [ResultGroup]

  /// The rows of all seeds.
  func rowsTable(_ rows: [ResultRow]) -> CSVTable {
    let sorted = rows.sorted { a, b in
      if a.label != b.label { return ResultLabel.precedes(a.label, b.label) }
      if a.seed != b.seed { return a.seed ?? 0 < b.seed ?? 0 }
      return table.precedes((a.keys, a.metric), (b.keys, b.metric))
    }
    let header =
      StudyColumns.header(axes) + ["seed"] + table.keys.map(\.name) + ["metric", "value"]
    return CSVTable(
      header: header,
      rows: sorted.map { row in
        // There may be millions of rows: one array each.
        var cells: [String] = []
        cells.reserveCapacity(header.count)
        cells.append(study)
        row.label.append(to: &cells)
        cells.append(String(row.seed ?? 0))
        cells.append(contentsOf: row.keys)
        cells.append(row.metric)
        cells.append(CSVNumber.format(row.value))
        return cells
      })
  }

  /// The statistics over seeds.
  ///
  /// A group none of whose seeds has a value is listed with `n = 0` under the keys that the other
  /// groups of its profile have: a setting that always fails is a result.
  func summaryTable(_ rows: [ResultRow]) -> CSVTable {
    struct Cell: Hashable {
      let label: ResultLabel
      let keys: [String]
      let metric: String
    }
    var cells: [Cell: [(seed: Int, value: Double)]] = [:]
    for row in rows {
      cells[Cell(label: row.label, keys: row.keys, metric: row.metric), default: []]
        .append((row.seed ?? 0, row.value))
    }
    let failures = Dictionary(
      uniqueKeysWithValues: groups.map { ($0.label, $0.count(.failed)) })
    let failed = groups.filter { $0.count(.failed) > 0 }
    let filled = failed.isEmpty ? [] : Set(rows.map(\.label))
    for group in failed where !filled.contains(group.label) {
      let siblings = rows.filter { $0.label.profile == group.label.profile }
      for row in siblings.isEmpty ? rows : siblings {
        cells[Cell(label: group.label, keys: row.keys, metric: row.metric)] = []
      }
    }
    let sorted = cells.sorted { a, b in
      if a.key.label != b.key.label { return ResultLabel.precedes(a.key.label, b.key.label) }
      return table.precedes((a.key.keys, a.key.metric), (b.key.keys, b.key.metric))
    }
    return CSVTable(
      header: StudyColumns.header(axes) + table.keys.map(\.name) + [
        "metric", "n", "n_failed", "mean", "std", "sem", "ci95_low", "ci95_high", "min", "max",
      ],
      rows: sorted.map { cell, values in
        // The order of the seeds fixes the order of the sum.
        let ordered = values.sorted { $0.seed < $1.seed }.map(\.value)
        let summary = Summary(of: ordered, failures: failures[cell.label] ?? 0)
        let interval = self.interval(summary, ordered)
        let numbers = [
          summary.mean, summary.standardDeviation, summary.standardError, interval.low,
          interval.high, summary.minimum, summary.maximum,
        ]
        return [study] + cell.label.cells + cell.keys
          + [cell.metric, String(summary.n), String(summary.nFailed)]
          + numbers.map(CSVNumber.format)
      })
  }

  /// The 95 % confidence interval of a mean over seeds, as the table asks for it. All cells with equally
  /// many seeds are resampled alike.
  private func interval(
    _ summary: Summary, _ values: [Double]
  ) -> (low: Double?, high: Double?) {
    switch table.interval {
    case .studentT: return (summary.confidenceLow, summary.confidenceHigh)
    case .bootstrap:
      let random = RandomSource(seed: 0).stream("bootstrap")
      let found = Bootstrap.interval(ofMeanOf: values) { resample, count in
        random.integers(count, below: count, step: resample)
      }
      return (found?.low, found?.high)
    }
  }
}

/// The columns that all tables of a study begin with.
enum StudyColumns {
  /// Study, variant, profile and the swept settings.
  static func header(_ axes: [String]) -> [String] {
    ["study", "variant", "profile"] + axes.map(name)
  }

  /// The name of the column of a setting: `mask.init-logit` becomes `mask.init_logit`.
  static func name(_ key: String) -> String {
    String(key.map { $0 == "-" ? "_" : $0 })
  }
}
