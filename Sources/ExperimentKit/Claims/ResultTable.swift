import Statistics

/// The rows of one metric of a table of a study in one profile, as claims see them.
struct ResultTable {
  let table: Table
  /// Dotted keys of the swept settings.
  let axes: [String]
  var rows: [ResultRow]

  /// Selects from the results of a study.
  ///
  /// - Throws: ``Failure`` when a run's table is damaged.
  init(_ results: any StudyResults, table: Table, metric: String, profile: String) throws {
    self.table = table
    axes = results.axes
    rows = try results.rows(of: table.name).filter {
      $0.label.profile == profile && $0.metric == metric
    }
  }

  /// The value of any key column of a row; nil when there is no such column.
  func value(of key: String, in row: ResultRow) -> String? {
    if key == Selection.variantKey { return row.label.variant }
    if let index = table.keys.firstIndex(where: { $0.name == key }) { return row.keys[index] }
    return axes.firstIndex { Selection.isSame($0, key) }.map { row.label.values[$0] }
  }

  /// The same table with the mean over seeds in place of the rows of single seeds.
  func averagedOverSeeds() -> ResultTable {
    struct Point: Hashable {
      let label: ResultLabel
      let keys: [String]
    }
    var order: [Point] = []
    var values: [Point: [(seed: Int, value: Double)]] = [:]
    for row in rows where row.value.isFinite {
      let point = Point(label: row.label, keys: row.keys)
      if values[point] == nil { order.append(point) }
      values[point, default: []].append((row.seed ?? 0, row.value))
    }
    var result = self
    result.rows = order.map { point in
      // The order of the seeds fixes the order of the sum.
      let ordered = (values[point] ?? []).sorted { $0.seed < $1.seed }.map(\.value)
      return ResultRow(
        label: point.label, seed: nil, keys: point.keys, metric: rows[0].metric,
        value: Summary(of: ordered).mean ?? .nan)
    }
    return result
  }

  /// The same table with the rows that meet a condition.
  func filtered(_ isIncluded: (ResultRow) -> Bool) -> ResultTable {
    var result = self
    result.rows = rows.filter(isIncluded)
    return result
  }
}
