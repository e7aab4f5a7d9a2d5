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
      throw Failure(
        .usage, "--set \(Failure.quote(text)) has no value",
        help: "write --set key=value")
    }
    try refuseDecimalComma(values, name: name)
    return SettingOverride(key: key, values: values)
  }

  /// Refuses `0,0001`, which is 0 and 0001 here and 0.0001 where a comma separates the decimals.
  private static func refuseDecimalComma(_ values: [YAMLNode], name: String) throws {
    for (first, second) in zip(values, values.dropFirst()) {
      guard case .scalar(let whole, isQuoted: false) = first.value,
        case .scalar(let decimals, isQuoted: false) = second.value,
        DecimalNumber.isDecimal(whole), whole.allSatisfy({ $0.isWholeNumber || "+-".contains($0) }),
        let number = DecimalNumber.withoutLeadingZeros(decimals), decimals.first == "0"
      else { continue }
      throw Failure(
        .usage, "\(name): the number \(decimals.prefix(40)) begins with a zero",
        why: "a comma separates values of an axis, decimals follow a point",
        help: "write \(whole.prefix(40)).\(decimals.prefix(40)) for one number, or "
          + "\(whole.prefix(40)),\(number.prefix(40)) for two")
    }
  }

  /// A failure of the values, with how a list is written where the setting is one.
  ///
  /// - Parameter type: The type of the setting as it is documented.
  func explaining(_ failure: Failure, type: String?) -> Failure {
    let texts = values.compactMap(\.scalarText)
    guard let type, type.hasPrefix("list of "), texts.count == values.count else { return failure }
    var failure = failure
    let list = "[\(ListText.elements(texts.joined(separator: ",")))]"
    failure.why = "a list stands in brackets; \(Failure.quote(key)) is a \(type)"
    failure.help = "write --set '\(key)=\(list)', and several lists as '\(key)=\(list),[…]'"
    return failure
  }
}
