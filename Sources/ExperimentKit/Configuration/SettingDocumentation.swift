/// What is known about one key of a manifest, for the generated reference.
public struct SettingDocumentation: Sendable, Equatable {
  /// The key, without the keys of the sections around it.
  public let key: String
  /// Type in words, such as `integer` or `list of integers`.
  public let type: String
  /// Allowed values in words, empty when every value of the type is allowed.
  public let range: String
  /// Unit, empty when there is none.
  public let unit: String
  /// The default as it would stand in a manifest.
  public let defaultValue: String
  /// The value of the paper, nil when the paper has no such setting.
  public let paper: String?
  /// What the setting does.
  public let meaning: String
  /// Keys of a section; nil for a single value.
  public let children: [SettingDocumentation]?
}

extension [SettingDocumentation] {
  /// What is known about the setting with a dotted path, nil when there is none.
  package func setting(_ path: String) -> SettingDocumentation? {
    var found: SettingDocumentation?
    var settings = self
    for key in path.split(separator: ".") {
      found = settings.first { $0.key == key }
      settings = found?.children ?? []
    }
    return found
  }
}
