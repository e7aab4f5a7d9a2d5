import Store

/// The rows that a run has recorded, by table.
struct ResultRows: Equatable {
  private struct RowKey: Hashable {
    let keys: [String]
    let metric: String
  }

  private struct Section: Equatable {
    let table: Table
    var values: [RowKey: Double] = [:]

    static func == (a: Section, b: Section) -> Bool {
      // NaN equals NaN here: the same row was recorded.
      a.table == b.table && a.values.count == b.values.count
        && a.values.allSatisfy { key, value in b.values[key]?.bitPattern == value.bitPattern }
    }
  }

  private var sections: [String: Section] = [:]

  /// The tables that have rows, sorted by name.
  var tables: [Table] { sections.keys.sorted().compactMap { sections[$0]?.table } }

  /// Sets the value of a row.
  ///
  /// - Returns: the value that stood there before, nil when the row is new.
  @discardableResult
  mutating func set(_ table: Table, _ keys: [String], _ metric: String, _ value: Double)
    -> Double?
  {
    sections[table.name, default: Section(table: table)].values
      .updateValue(value, forKey: RowKey(keys: keys, metric: metric))
  }

  /// The rows of a table in the order of its file.
  func records(of table: Table) -> [Record] {
    guard let section = sections[table.name] else { return [] }
    return section.values
      .map { Record(keys: $0.key.keys, metric: $0.key.metric, value: $0.value) }
      .sorted { table.precedes(($0.keys, $0.metric), ($1.keys, $1.metric)) }
  }

  /// Adds all rows of another collection.
  mutating func merge(_ other: ResultRows) {
    for table in other.tables {
      for record in other.records(of: table) {
        set(table, record.keys, record.metric, record.value)
      }
    }
  }
}
