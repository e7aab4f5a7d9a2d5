import Store

/// One `--set key=value` of a command line.
public struct SettingOverride: Sendable, Equatable {
  /// Dotted path of the setting.
  public let key: String
  /// The values; more than one makes an axis.
  public let values: [YAMLNode]

  /// Creates an override.
  ///
  /// - Precondition: at least one value.
  public init(key: String, values: [YAMLNode]) {
    precondition(!values.isEmpty, "--set \(key) without a value")
    self.key = key
    self.values = values
  }

  /// Reads `mask.beta=1e-4`, `mask.beta=1e-4,3e-4` or `model.hidden=[400,400],[800]`.
  ///
  /// The right-hand side is read as the elements of a YAML list, so that quotes and brackets keep
  /// their meaning.
  ///
  /// - Throws: ``Failure`` (usage).
  public static func parse(_ text: String) throws -> SettingOverride {
    guard let equals = text.firstIndex(of: "=") else {
      throw Failure(
        .usage, "--set \(Failure.quote(text)) has no '='", help: "write --set key=value")
    }
    let key = String(text[..<equals])
    guard !key.isEmpty else {
      throw Failure(
        .usage, "--set \(Failure.quote(text)) has no key", help: "write --set key=value")
    }
    let name = "--set \(key)"
    let values: [YAMLNode]
    do {
      values = try YAMLNode.parse("[\(text[text.index(after: equals)...])]", file: name).sequence()
    } catch var failure as Failure {
      // The column counts the bracket put in front; the text is short enough to do without.
      failure.exitCode = .usage
      failure.location = nil
      failure.what = "\(name): \(failure.what)"
      throw failure
    }
    guard !values.isEmpty else {
      throw Failure(.usage, "--set \(Failure.quote(text)) has no value")
    }
    return SettingOverride(key: key, values: values)
  }
}
