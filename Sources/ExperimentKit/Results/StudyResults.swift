/// The results of a study: what was planned, how every run stands, and the rows that complete runs
/// have recorded.
///
/// Summaries, claims, figures and reports ask this and nothing else, so that all of them agree on
/// which seeds there are and which of them have failed.
public protocol StudyResults {
  /// Name of the study.
  var study: String { get }
  /// Dotted keys of the settings that are columns of the tables, sorted.
  var axes: [String] { get }
  /// Every combination of variant, profile and column values that the study asks for, with its
  /// planned seeds, in the order of the tables.
  var groups: [ResultGroup] { get }

  /// The rows of a table of all complete runs, in no particular order; none when no run has
  /// recorded it.
  ///
  /// - Throws: ``Failure`` when the table of a run is damaged.
  func rows(of table: String) throws -> [ResultRow]
}

/// What names a configuration in tables: they never show its hash.
public struct ResultLabel: Hashable, Sendable {
  /// Name of the variant.
  public let variant: String
  /// Name of the profile.
  public let profile: String
  /// Values of ``StudyResults/axes``, in their order.
  public let values: [String]

  /// Creates a label.
  public init(variant: String, profile: String, values: [String] = []) {
    self.variant = variant
    self.profile = profile
    self.values = values
  }

  /// The cells of the tables.
  public var cells: [String] {
    var cells: [String] = []
    append(to: &cells)
    return cells
  }

  /// Adds ``cells`` to those of a row.
  public func append(to cells: inout [String]) {
    cells.append(variant)
    cells.append(profile)
    cells.append(contentsOf: values)
  }

  /// Whether one stands before another: variant and profile sort as text, values as numbers.
  public static func precedes(_ a: ResultLabel, _ b: ResultLabel) -> Bool {
    if a.variant != b.variant { return KeyOrder.precedes(a.variant, b.variant, kind: .text) }
    if a.profile != b.profile { return KeyOrder.precedes(a.profile, b.profile, kind: .text) }
    for (x, y) in zip(a.values, b.values) where x != y {
      return KeyOrder.precedes(x, y, kind: .number)
    }
    return a.values.count < b.values.count
  }
}

/// One configuration as the tables show it, with its planned seeds.
public struct ResultGroup: Sendable {
  /// How a seed stands.
  public enum State: Sendable, Equatable {
    /// All results are there.
    case complete
    /// Failed or diverged.
    case failed
    /// Not yet computed in whole.
    case unfinished
  }

  /// How it is shown.
  public let label: ResultLabel
  /// The planned seeds and how they stand.
  public let seeds: [Int: State]

  /// Creates a group.
  public init(label: ResultLabel, seeds: [Int: State]) {
    self.label = label
    self.seeds = seeds
  }

  /// Number of seeds in a state.
  public func count(_ state: State) -> Int { seeds.values.count { $0 == state } }
}

/// One value of one run.
public struct ResultRow: Sendable {
  /// The configuration.
  public let label: ResultLabel
  /// The seed; nil for a mean over seeds.
  public let seed: Int?
  /// Values of the table's keys.
  public let keys: [String]
  /// Name of the metric.
  public let metric: String
  /// The value; NaN where it is not defined.
  public let value: Double

  /// Creates a row.
  public init(label: ResultLabel, seed: Int?, keys: [String], metric: String, value: Double) {
    self.label = label
    self.seed = seed
    self.keys = keys
    self.metric = metric
    self.value = value
  }
}
