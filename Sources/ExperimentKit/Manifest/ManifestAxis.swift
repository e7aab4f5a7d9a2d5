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
  ///
  /// - Throws: ``Failure`` (manifest invalid), also when there are more combinations than
  ///   ``Manifest/maximumPoints``: before anybody looks at so many values.
  static func parse(_ node: YAMLNode) throws -> [ManifestAxis] {
    let axes = try node.mapping().map { entry in
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
    try checkCombinations(of: axes)
    return axes
  }

  /// - Throws: ``Failure`` (manifest invalid) when the axes have more than
  ///   ``Manifest/maximumPoints`` combinations.
  static func checkCombinations(of axes: [ManifestAxis]) throws {
    var combinations = 1
    for axis in axes {
      combinations *= axis.values.count
      guard combinations <= Manifest.maximumPoints else {
        throw Failure(
          .manifestInvalid,
          "the swept values have more than \(Manifest.maximumPoints) combinations",
          location: axis.keyLocation)
      }
    }
  }
}

extension YAMLNode {
  /// The text of a scalar.
  public var scalarText: String? {
    guard case .scalar(let text, _) = value else { return nil }
    return text
  }
}
