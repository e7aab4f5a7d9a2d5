import Store

/// When a claim holds.
public struct Criterion: Sendable, Equatable {
  /// The value must be this or more.
  public var atLeast: Double?
  /// The value must be this or less.
  public var atMost: Double?
  /// The value must be more than this.
  public var above: Double?
  /// The value must be less than this.
  public var below: Double?
  /// The value must be this, up to ``tolerance``.
  public var equals: Double?
  /// Largest allowed distance from ``equals``.
  public var tolerance = 0.0
  /// Fraction of the seeds that must satisfy the criterion each by itself; nil to test the mean.
  public var atLeastSeeds: Double?
  /// Number of standard deviations by which the mean must keep away from the limits.
  public var marginStds: Double?

  /// Creates a criterion without any limit.
  public init() {}

  /// Whether a value satisfies the limits.
  ///
  /// - Parameter margin: Distance that must be kept from them.
  public func isMet(by value: Double, margin: Double = 0) -> Bool {
    guard value.isFinite else { return false }
    if let atLeast, value - margin < atLeast { return false }
    if let atMost, value + margin > atMost { return false }
    if let above, value - margin <= above { return false }
    if let below, value + margin >= below { return false }
    if let equals, abs(value - equals) + margin > tolerance { return false }
    return true
  }
}

extension Criterion: CustomStringConvertible {
  /// For example `≥ 0.98` or `3.8 ± 0.8` or `> 0 in 0.9 of the seeds`.
  public var description: String {
    var parts: [String] = []
    if let atLeast { parts.append("≥ \(CSVNumber.format(atLeast))") }
    if let above { parts.append("> \(CSVNumber.format(above))") }
    if let atMost { parts.append("≤ \(CSVNumber.format(atMost))") }
    if let below { parts.append("< \(CSVNumber.format(below))") }
    if let equals {
      parts.append(
        tolerance == 0
          ? "= \(CSVNumber.format(equals))"
          : "\(CSVNumber.format(equals)) ± \(CSVNumber.format(tolerance))")
    }
    var text = parts.joined(separator: " and ")
    if let marginStds { text += " by \(CSVNumber.format(marginStds)) std" }
    if let atLeastSeeds { text += " in \(CSVNumber.format(atLeastSeeds)) of the seeds" }
    return text
  }
}
