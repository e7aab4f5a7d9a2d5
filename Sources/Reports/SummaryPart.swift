import ExperimentKit
import Runner
import Store

/// One summary table as a page shows it: metrics side by side, and beside every number its control.
struct SummaryPart {
  /// Rows of a table that a page shows; the others are in the file.
  static let rowLimit = 200

  private let table: Table
  private let csv: CSVTable
  /// Columns that name a row, but for the metric.
  private let keys: [Int]
  private let column: (metric: Int, n: Int, failed: Int, mean: Int, std: Int)
  /// The numbers of seeds that most rows have.
  private let usual: (n: String, failed: String)

  /// - Returns: nil for a file that is no summary.
  init?(_ table: Table, _ csv: CSVTable) {
    func find(_ name: String) -> Int? { csv.column(name) }
    guard let metric = find("metric"), let n = find("n"), let failed = find("n_failed"),
      let mean = find("mean"), let std = find("std")
    else { return nil }
    self.table = table
    self.csv = csv
    column = (metric, n, failed, mean, std)
    // The name of the study is that of the page.
    keys = Array(1..<metric)
    let counts = Dictionary(grouping: csv.rows) { [$0[n], $0[failed]] }
    let most = counts.max { ($0.value.count, $1.key[0]) < ($1.value.count, $0.key[0]) }
    usual = (most?.key[0] ?? "0", most?.key[1] ?? "0")
  }

  /// The tables: one, or one for each metric where the values of a key are controls of each other.
  var tables: [PageTable] {
    let controlled = table.controlledKey.flatMap(csv.column)
    guard let controlled else {
      return [shown(rows: Array(csv.rows), by: column.metric, metric: nil)]
    }
    return metrics.map { metric in
      shown(rows: csv.rows.filter { $0[column.metric] == metric }, by: controlled, metric: metric)
    }
  }

  private var metrics: [String] {
    let found = Set(csv.rows.map { $0[column.metric] })
    let declared = table.metrics.filter(found.contains)
    return declared + found.subtracting(declared).sorted()
  }

  /// The values of one column side by side.
  private func shown(rows: [[String]], by spread: Int, metric: String?) -> PageTable {
    var names: [String] = []
    var order: [[String]] = []
    var cells: [[String]: [String: [String]]] = [:]
    let heads = keys.filter { $0 != spread && isInformative($0, rows) }
    for row in rows {
      let head = heads.map { row[$0] }
      if !names.contains(row[spread]) { names.append(row[spread]) }
      if cells[head] == nil { order.append(head) }
      cells[head, default: [:]][row[spread]] = row
    }
    names = arranged(names, isMetric: spread == column.metric)
    var page = PageTable(
      [table.name, metric].compactMap(\.self).joined(separator: ": "),
      note: note(rows, shownRows: order.count, metric: metric),
      columns: heads.map { .init(csv.header[$0]) }
        + names.map {
          .init(
            $0, .number,
            note: isControl($0, isMetric: spread == column.metric) ? "control" : "")
        }, heads: heads.count)
    for head in order.prefix(Self.rowLimit) {
      page.add(head.map { .init($0) } + names.map { text(cells[head]?[$0]) })
    }
    return page
  }

  /// Variant, profile and swept settings are left out where all rows agree.
  private func isInformative(_ index: Int, _ rows: [[String]]) -> Bool {
    let isKey = table.keys.contains { $0.name == csv.header[index] }
    return isKey || Set(rows.map { $0[index] }).count > 1
  }

  /// Every control right after what it is a control of. Of the values of a key those that have controls come
  /// first; metrics keep their order.
  private func arranged(_ names: [String], isMetric: Bool) -> [String] {
    func controls(of name: String) -> [String] {
      (isMetric ? table.controls(ofMetric: name) : table.controls(ofValue: name))
        .filter(names.contains)
    }
    let ordered = isMetric ? metrics.filter(names.contains) : names
    let others = ordered.filter { !isControl($0, isMetric: isMetric) }
    let first = isMetric ? others : others.filter { !controls(of: $0).isEmpty } + others
    var seen: Set<String> = []
    return (first.flatMap { [$0] + controls(of: $0) } + ordered).filter { seen.insert($0).inserted }
  }

  private func isControl(_ name: String, isMetric: Bool) -> Bool {
    isMetric
      ? metrics.contains { table.controls(ofMetric: $0).contains(name) } : table.isControl(name)
  }

  private func text(_ row: [String]?) -> PageTable.Cell {
    guard let row else { return "" }
    let spread = Double(row[column.std])
    let mean = Double(row[column.mean]).map { MeanText.text($0, spread) } ?? "none"
    let differs = row[column.n] != usual.n || row[column.failed] != usual.failed
    let failed = row[column.failed] == "0" ? "" : ", \(row[column.failed]) without a value"
    return .init(mean, note: differs ? "n = \(row[column.n])\(failed)" : "")
  }

  private func note(_ rows: [[String]], shownRows: Int, metric: String?) -> String {
    var parts: [String] = []
    if let metric, let found = table.declaredMetrics.first(where: { $0.name == metric }) {
      parts.append("\(metric): \(Prose.plain(found.documentation)).")
    }
    let failed = usual.failed == "0" ? "" : ", \(usual.failed) seeds without a value"
    parts.append(
      usual.n == "1"
        ? "One seed, no spread\(failed)."
        : "Mean ± standard deviation over n = \(usual.n) seeds\(failed), unless a cell says "
          + "otherwise.")
    let fixed = keys.filter { index in
      !table.keys.contains { $0.name == csv.header[index] } && !isInformative(index, rows)
    }.compactMap { index in
      rows.first.map { $0[index].isEmpty ? "" : "\(csv.header[index]) \($0[index])" }
    }.filter { !$0.isEmpty }
    if !fixed.isEmpty { parts.append("All rows: \(fixed.joined(separator: ", ")).") }
    if shownRows > Self.rowLimit {
      parts.append(
        "The first \(Self.rowLimit) of \(ShortNumber.grouped(shownRows)) rows; the file has all.")
    }
    return parts.joined(separator: " ")
  }

  /// What the columns mean, one sentence each.
  var meanings: [(name: String, meaning: String)] {
    table.keys.map { ($0.name, Prose.plain($0.documentation)) }
      + table.declaredMetrics.filter { metrics.contains($0.name) }
      .map { ($0.name, Prose.plain($0.documentation)) }
  }
}
