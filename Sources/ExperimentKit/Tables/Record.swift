/// One row of a table of one run: the values of the keys, a metric and its value.
public struct Record: Sendable, Equatable {
  /// Values of the table's key columns.
  public let keys: [String]
  /// Name of the metric.
  public let metric: String
  /// The value; NaN where it is not defined.
  public let value: Double

  /// Creates a row.
  public init(keys: [String], metric: String, value: Double) {
    self.keys = keys
    self.metric = metric
    self.value = value
  }
}
