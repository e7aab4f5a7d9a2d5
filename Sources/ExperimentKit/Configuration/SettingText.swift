import Store

/// Values of settings as short texts.
public enum SettingText {
  /// The value as it would stand in a manifest: `0.001`, `[400, 400, 200]`, `none`.
  public static func describe(_ value: JSONValue) -> String {
    switch value {
    case .null: "none"
    case .bool(let flag): flag ? "true" : "false"
    case .integer(let number): String(number)
    case .number(let number): CSVNumber.format(number)
    case .string(let text): text
    case .array(let elements): "[" + elements.map(describe).joined(separator: ", ") + "]"
    case .object: "{…}"
    }
  }

  /// The value as it stands in the column of a swept key: as ``describe(_:)``, but the elements of
  /// a list are separated by single spaces, `400 400 200`.
  public static func column(_ value: JSONValue) -> String {
    guard case .array(let elements) = value else { return describe(value) }
    return elements.map(column).joined(separator: " ")
  }

  /// The settings of a configuration as dotted keys and texts, in the order of their names.
  public static func flattened(
    _ json: JSONValue, path: String = ""
  ) -> [(key: String, value: String)] {
    guard let members = json.objectValue, !members.isEmpty else { return [(path, describe(json))] }
    return members.sorted { $0.key < $1.key }.flatMap { key, value in
      flattened(value, path: path.isEmpty ? key : "\(path).\(key)")
    }
  }
}
