/// A kind of result: the name of its CSV file, the columns that identify a row, and the metrics.
///
/// Tables are long: one value per row, `<keys>, metric, value`.
public struct Table: Sendable {
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
  public struct Key: Sendable {
    /// Name of the column, snake_case.
    public let name: String
    /// How its values sort.
    public let kind: KeyKind
    /// What its values are, in a few words.
    public let documentation: String

    /// Declares a key column of texts.
    public init(_ name: String, _ documentation: String) {
      self.init(name, .text, documentation)
    }

    /// Declares a key column.
    public init(_ name: String, _ kind: KeyKind, _ documentation: String) {
      self.name = name
      self.kind = kind
      self.documentation = documentation
    }
  }

  /// A number that stands in rows of the table.
  public struct Metric: Sendable {
    /// Its name, snake_case.
    public let name: String
    /// What it measures, in a few words, with its unit.
    public let documentation: String

    /// Declares a metric.
    public init(_ name: String, _ documentation: String) {
      self.name = name
      self.documentation = documentation
    }
  }

  /// Name of the table and of its file without `.csv`.
  public let name: String
  /// One line: what the table is about.
  public let documentation: String
  /// The key columns in the order of the file.
  public let keys: [Key]
  /// The metrics in the order in which they stand under the same keys.
  public let declaredMetrics: [Metric]
  /// Whether there are statistics over seeds; not where the same keys mean another thing for each seed,
  /// such as the number of a cluster.
  public let hasSummary: Bool

  /// Where the confidence intervals of the summary come from.
  public enum Interval: Sendable, Hashable {
    /// Student's t distribution.
    case studentT
    /// Resampled seeds: for ratios, whose distribution over seeds need not be like a normal one.
    case bootstrap
  }

  /// Where the confidence intervals of the summary come from.
  public let interval: Interval
  /// What its numbers are to be compared with.
  public let controls: [Control]
  /// Rows that follow from what a run has recorded; nil when there are none.
  public let derivation: Derivation?

  /// Declares a table.
  ///
  /// - Precondition: names differ.
  public init(
    _ name: String, _ documentation: String, keys: [Key], metrics: [Metric],
    hasSummary: Bool = true, interval: Interval = .studentT, controls: [Control] = [],
    derivation: Derivation? = nil
  ) {
    precondition(Set(keys.map(\.name)).count == keys.count, "two keys of '\(name)' have one name")
    precondition(
      Set(metrics.map(\.name)).count == metrics.count, "two metrics of '\(name)' have one name")
    self.name = name
    self.documentation = documentation
    self.keys = keys
    declaredMetrics = metrics
    self.hasSummary = hasSummary
    self.interval = interval
    self.controls = controls
    self.derivation = derivation
  }

  /// A table that no kind declares any more, as found in a file: all keys are texts.
  public init(found name: String, keys: [String], metrics: [String] = []) {
    self.init(
      name, "", keys: keys.map { Key($0, "") }, metrics: metrics.map { Metric($0, "") })
  }

  /// Names of the metrics in their order.
  public var metrics: [String] { declaredMetrics.map(\.name) }
}

// MARK: - Equality

extension Table: Hashable {
  /// Tables are the same when their files are: what is said about them does not count.
  public static func == (a: Table, b: Table) -> Bool { a.declaration == b.declaration }

  /// Agrees with equality.
  public func hash(into hasher: inout Hasher) { hasher.combine(declaration) }

  private var declaration: [String] {
    [name] + keys.flatMap { [$0.name, $0.kind.rawValue] } + metrics
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
    if a.metric == b.metric { return false }
    let positions = (position(of: a.metric), position(of: b.metric))
    return positions.0 == positions.1
      ? KeyOrder.precedes(a.metric, b.metric, kind: .text) : positions.0 < positions.1
  }

  private func position(of metric: String) -> Int {
    declaredMetrics.firstIndex { $0.name == metric } ?? declaredMetrics.count
  }
}
