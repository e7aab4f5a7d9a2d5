import Statistics
import Store

/// The rows of one metric of a `<table>.csv`, as claims see them.
struct ResultTable: Sendable {
  /// One value of one run.
  struct Row: Sendable {
    let variant: String
    /// Values of the swept settings, in the order of ``ResultTable/axes``.
    let axes: [String]
    let seed: String
    /// Values of the table's keys.
    let keys: [String]
    var value: Double
  }

  let table: Table
  /// Names of the columns of swept settings.
  let axes: [String]
  var rows: [Row]

  /// Reads the rows of a profile from the file of a table.
  ///
  /// - Throws: ``Failure`` (corrupt) when the file has other columns than the table.
  init(_ csv: CSVTable, table: Table, metric: String, profile: String, file: String) throws {
    self.table = table
    func column(_ name: String) throws -> Int {
      guard let index = csv.column(name) else {
        throw Failure(
          .corrupt, "\(file) has no column '\(name)'",
          why: "it has \(csv.header.joined(separator: ", "))",
          help: "run modlab summarize to write it again")
      }
      return index
    }
    let variant = try column("variant")
    let profileColumn = try column("profile")
    let seed = try column("seed")
    let metricColumn = try column("metric")
    let value = try column("value")
    let keys = try table.keys.map { try column($0.name) }
    let known = Set(
      ["experiment", "variant", "profile", "seed", "metric", "value"] + table.keys.map(\.name))
    let axisColumns = csv.header.indices.filter { !known.contains(csv.header[$0]) }
    axes = axisColumns.map { csv.header[$0] }
    rows = try csv.rows.compactMap { row in
      guard row[profileColumn] == profile, row[metricColumn] == metric else { return nil }
      return Row(
        variant: row[variant], axes: axisColumns.map { row[$0] }, seed: row[seed],
        keys: keys.map { row[$0] }, value: try CSVNumber.parse(row[value]) ?? .nan)
    }
  }

  /// The value of any key column of a row; nil when there is no such column.
  func value(of key: String, in row: Row) -> String? {
    if key == Selection.variantKey { return row.variant }
    if let index = table.keys.firstIndex(where: { $0.name == key }) { return row.keys[index] }
    return axes.firstIndex { Selection.isSame($0, key) }.map { row.axes[$0] }
  }

  /// The same table with the mean over seeds in place of the rows of single seeds.
  func averagedOverSeeds() -> ResultTable {
    struct Point: Hashable {
      let variant: String
      let axes: [String]
      let keys: [String]
    }
    var order: [Point] = []
    var values: [Point: [Double]] = [:]
    for row in rows where row.value.isFinite {
      let point = Point(variant: row.variant, axes: row.axes, keys: row.keys)
      if values[point] == nil { order.append(point) }
      values[point, default: []].append(row.value)
    }
    var result = self
    result.rows = order.map { point in
      Row(
        variant: point.variant, axes: point.axes, seed: "", keys: point.keys,
        value: Summary(of: values[point] ?? []).mean ?? .nan)
    }
    return result
  }

  /// The same table with the rows that meet a condition.
  func filtered(_ isIncluded: (Row) -> Bool) -> ResultTable {
    var result = self
    result.rows = rows.filter(isIncluded)
    return result
  }
}
