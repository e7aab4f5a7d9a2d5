/// The rows of one metric of a table that meet conditions on their keys.
public struct Selection: Sendable, Equatable {
  /// How a key is compared.
  public enum Relation: String, Sendable {
    case equal = "="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
  }

  /// A condition on one key.
  public struct Condition: Sendable, Equatable {
    /// Name of the key column: a key of the table, `variant`, or a swept setting.
    public let key: String
    /// The comparison.
    public let relation: Relation
    /// The alternatives; globs are allowed for `=` and `!=`.
    public let values: [String]
  }

  /// Study whose table is meant; nil for that of the manifest.
  public let study: String?
  /// The table.
  public let table: Table
  /// The metric.
  public let metric: String
  /// All conditions; a key may have several.
  public let conditions: [Condition]

  /// The name of the column of the variant.
  public static let variantKey = "variant"
}

extension Selection {
  /// Whether some condition is about a key.
  func mentions(_ key: String) -> Bool {
    conditions.contains { Self.isSame($0.key, key) }
  }

  /// Keys of the conditions that are not keys of the table: swept settings.
  var axisKeys: [String] {
    let own = Set(table.keys.map(\.name) + [Self.variantKey])
    return Set(conditions.map(\.key)).subtracting(own).sorted()
  }

  /// The keys that may have several values in the selected rows.
  var openKeys: [String] {
    let mentioned = axisKeys + (mentions(Self.variantKey) ? [Self.variantKey] : [])
    return (table.keys.map(\.name) + mentioned).filter { !isPinned($0) }.sorted()
  }

  /// Whether a row meets the conditions on one of its keys.
  func admits(_ key: String, value: String) -> Bool {
    conditions.allSatisfy { !Self.isSame($0.key, key) || $0.admits(value) }
  }

  private func isPinned(_ key: String) -> Bool {
    conditions.contains { condition in
      Self.isSame(condition.key, key) && condition.relation == .equal
        && condition.values.count == 1
        && !GlobPattern(condition.values[0]).isPattern
    }
  }

  /// Names of swept settings have dashes in manifests and may have underscores in tables.
  static func isSame(_ a: String, _ b: String) -> Bool {
    a == b || a.replacing("-", with: "_") == b.replacing("-", with: "_")
  }
}

extension Selection.Condition {
  /// Whether a value meets the condition.
  ///
  /// Numbers are compared as numbers, so that `mask.beta=1e-4` admits `0.0001`.
  func admits(_ value: String) -> Bool {
    switch relation {
    case .equal: values.contains { equals($0, value) }
    case .notEqual: !values.contains { equals($0, value) }
    case .less: compare(value) { $0 < $1 }
    case .lessOrEqual: compare(value) { $0 <= $1 }
    case .greater: compare(value) { $0 > $1 }
    case .greaterOrEqual: compare(value) { $0 >= $1 }
    }
  }

  private func equals(_ wanted: String, _ value: String) -> Bool {
    if wanted == value { return true }
    if let a = KeyOrder.number(wanted), let b = KeyOrder.number(value) { return a == b }
    return GlobPattern(wanted).matches(value)
  }

  private func compare(_ value: String, _ isMet: (Double, Double) -> Bool) -> Bool {
    guard let limit = values.first.flatMap(KeyOrder.number), let number = KeyOrder.number(value)
    else { return false }
    return isMet(number, limit)
  }
}

extension Selection: CustomStringConvertible {
  /// The selection as it would stand in a manifest.
  public var description: String {
    let list = conditions.map {
      "\($0.key)\($0.relation.rawValue)\($0.values.joined(separator: "|"))"
    }
    let prefix = study.map { "\($0):" } ?? ""
    return "\(prefix)\(table.name).\(metric)"
      + (list.isEmpty ? "" : "[\(list.joined(separator: ", "))]")
  }
}
