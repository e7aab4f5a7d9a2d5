import Store

/// Looks settings up in resolved configurations of a kind: the one place that knows the value of a
/// swept key, whether the configuration mentions it or leaves it out.
public struct SettingLookup: Sendable {
  private let defaults: JSONValue

  /// Prepares look-ups.
  ///
  /// - Parameter kind: nil for a kind that this program does not have: then settings that a
  ///   configuration leaves out are unknown.
  public init(_ kind: (any Kind)?) { defaults = kind?.completeDefaults ?? .null }

  /// The value of a setting; nil when there is no such setting.
  public func value(of key: String, in configuration: JSONValue) -> JSONValue? {
    Self.member(key, of: configuration) ?? Self.member(key, of: defaults)
  }

  /// The value as it stands in the column of the key; empty when there is no such setting.
  public func column(_ key: String, in configuration: JSONValue) -> String {
    value(of: key, in: configuration).map(SettingText.column) ?? ""
  }

  /// Dotted keys of the settings in which configurations differ, sorted.
  public func differences(among configurations: [JSONValue]) -> [String] {
    guard let first = configurations.first else { return [] }
    let keys = Set((configurations + [defaults]).flatMap { Self.keys(of: $0, path: "") })
    return keys.filter { key in
      let value = value(of: key, in: first)
      return configurations.contains { self.value(of: key, in: $0) != value }
    }.sorted()
  }

  private static func member(_ key: String, of configuration: JSONValue) -> JSONValue? {
    key.split(separator: ".").reduce(configuration as JSONValue?) { value, part in
      // Groups under names of the manifest are a list, in the order of the manifest.
      if case .array(let groups)? = value {
        return groups.first { $0["name"]?.stringValue == String(part) }
      }
      return value?[String(part)]
    }
  }

  private static func keys(of value: JSONValue, path: String) -> [String] {
    guard case .object(let members) = value else { return path.isEmpty ? [] : [path] }
    return members.flatMap { keys(of: $1, path: path.isEmpty ? $0 : "\(path).\($0)") }
  }
}

extension Kind {
  /// All settings with what they are in a resolved configuration that leaves them out.
  fileprivate var completeDefaults: JSONValue {
    Configuration.schema.encode(Configuration.schema.absent, isComplete: true)
  }
}
