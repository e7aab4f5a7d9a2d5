/// The outcome of one gradient check.
public struct GradientCheckReport: Sendable, CustomStringConvertible {
  /// The case, for example `Linear: 4×3, 2×3`.
  public let name: String
  /// Number of gradient entries compared.
  public let entries: Int
  /// The largest |analytic − numeric| / max(|analytic|, |numeric|) of the entries that were not
  /// excused.
  public let maximumRelativeError: Double
  /// What is wrong, empty when the check passed.
  public let problems: [String]

  /// Whether every entry agrees.
  public var passed: Bool { problems.isEmpty }

  /// One line, and one more for each of the first problems.
  public var description: String {
    let head = "\(passed ? "ok  " : "FAIL") \(name): \(entries) entries"
    let error = entries > 0 ? ", maximum relative error \(maximumRelativeError)" : ""
    let shown = problems.prefix(3).map { "\n       \($0)" }.joined()
    let more = problems.count > 3 ? "\n       and \(problems.count - 3) more" : ""
    return head + error + shown + more
  }
}
