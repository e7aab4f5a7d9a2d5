import Store

/// A setting that takes several values: from `sweep` of a manifest or from `--set`.
public struct ManifestAxis: Sendable, Equatable {
  /// Dotted path of the setting, such as `mask.beta`.
  public let key: String
  /// Where the key stands.
  public let keyLocation: SourceLocation
  /// The values in the order of the manifest.
  public let values: [YAMLNode]
}

extension ManifestAxis {
  /// Reads a `sweep` section: `{mask.beta: [1e-5, 1e-4], …}`.
  static func parse(_ node: YAMLNode) throws -> [ManifestAxis] {
    try node.mapping().map { entry in
      guard case .sequence(let values) = entry.value.value else {
        throw entry.value.mismatch(
          "a list of values", help: "write [\(entry.value.scalarText ?? "…")] for a single value")
      }
      guard !values.isEmpty else {
        throw Failure(
          .manifestInvalid, "\(Failure.quote(entry.key)) has no values to sweep over",
          location: entry.value.location)
      }
      return ManifestAxis(key: entry.key, keyLocation: entry.keyLocation, values: values)
    }
  }
}

extension YAMLNode {
  /// The text of a scalar.
  var scalarText: String? {
    guard case .scalar(let text, _) = value else { return nil }
    return text
  }
}
