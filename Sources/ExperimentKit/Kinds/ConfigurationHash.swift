import Store

/// Short names of configurations by content.
public enum ConfigurationHash {
  /// Number of hexadecimal digits.
  public static let length = 10

  /// The hash of a resolved configuration: the first ten digits of SHA-256 over the canonical JSON
  /// of kind, version and configuration.
  ///
  /// The seed is not part of it.
  public static func of(kind: String, version: Int, configuration: JSONValue) -> String {
    of([
      "experiment": .string(kind), "version": .integer(version),
      "configuration": configuration,
    ])
  }

  /// The first ten digits of SHA-256 over the canonical JSON of any value.
  public static func of(_ value: JSONValue) -> String {
    String(SHA256.digest(of: value.serialized()).prefix(length))
  }

  /// Names the settings in which two configurations differ, with both values, in the order of
  /// the keys: `mask.beta: 0.0001, now 0.0003`.
  public static func differences(_ old: JSONValue, _ new: JSONValue) -> [String] {
    differences(old, new, path: "")
  }

  private static func differences(_ old: JSONValue, _ new: JSONValue, path: String) -> [String] {
    guard let before = old.objectValue, let after = new.objectValue else {
      let name = path.isEmpty ? "configuration" : path
      return old == new
        ? [] : ["\(name): \(SettingText.describe(old)), now \(SettingText.describe(new))"]
    }
    return Set(before.keys).union(after.keys).sorted().flatMap { key -> [String] in
      let inner = path.isEmpty ? key : "\(path).\(key)"
      switch (before[key], after[key]) {
      case (let old?, let new?): return differences(old, new, path: inner)
      case (let old?, nil): return ["\(inner): \(SettingText.describe(old)), now missing"]
      case (nil, let new?): return ["\(inner): missing, now \(SettingText.describe(new))"]
      case (nil, nil): return []
      }
    }
  }
}
