/// A kind of result: the name of its CSV file, the columns that identify a row, and the metrics.
///
/// Tables are long: one value per row, `<keys>, metric, value`.
public struct Table: Sendable, Hashable {
  /// How the values of a key column sort.
  public enum KeyKind: String, Sendable, Hashable {
    /// As text.
    case text
    /// As whole numbers, then everything that is none as text.
    case integer
    /// As numbers, then everything that is none as text.
    case number
  }

  /// A column that takes part in identifying a row.
  public struct Key: Sendable, Hashable {
    /// Name of the column, snake_case.
    public let name: String
    /// How its values sort.
    public let kind: KeyKind

    /// Declares a key column.
    public init(_ name: String, _ kind: KeyKind = .text) {
      self.name = name
      self.kind = kind
    }
  }

  /// Name of the table and of its file without `.csv`.
  public let name: String
  /// The key columns in the order of the file.
  public let keys: [Key]
  /// The metrics in the order in which they stand under the same keys.
  public let metrics: [String]

  /// Declares a table.
  ///
  /// - Precondition: names differ.
  public init(_ name: String, keys: [Key], metrics: [String]) {
    precondition(Set(keys.map(\.name)).count == keys.count, "two keys of '\(name)' have one name")
    precondition(Set(metrics).count == metrics.count, "two metrics of '\(name)' have one name")
    self.name = name
    self.keys = keys
    self.metrics = metrics
  }
}

// MARK: - Order of rows

extension Table {
  /// Whether one row stands before another: by keys from left to right, then by metric in the
  /// declared order.
  ///
  /// - Precondition: as many key values as the table has keys.
  public func precedes(
    _ a: (keys: [String], metric: String), _ b: (keys: [String], metric: String)
  ) -> Bool {
    precondition(a.keys.count == keys.count && b.keys.count == keys.count)
    for (index, key) in keys.enumerated() where a.keys[index] != b.keys[index] {
      return KeyOrder.precedes(a.keys[index], b.keys[index], kind: key.kind)
    }
    let positions = (position(of: a.metric), position(of: b.metric))
    return positions.0 == positions.1
      ? KeyOrder.precedes(a.metric, b.metric, kind: .text) : positions.0 < positions.1
  }

  private func position(of metric: String) -> Int {
    metrics.firstIndex(of: metric) ?? metrics.count
  }
}
