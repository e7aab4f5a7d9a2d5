// Typed reading. Every failure is a `.manifestInvalid` at the value's own line and column.

extension YAMLNode {
  /// Reads a whole number, such as `20000` or `-3`.
  ///
  /// - Throws: ``Failure`` for anything else, also for `2.0`, `1e4`, `20_000`, `020` and `"3"`.
  public func integer() throws -> Int {
    let text = try numberText("a whole number", isWhole: true)
    guard isWhole(text) else {
      throw mismatch(
        "a whole number",
        help: DecimalNumber.meant(by: text, isWhole: true).map { "write \($0)" })
    }
    guard let value = Int(text) else {
      throw Failure(
        .manifestInvalid, "number too large", location: location,
        why: "\(text.prefix(40)) does not fit 64 bits")
    }
    return value
  }

  /// Reads a number, such as `3`, `0.5`, `.5`, `1e-4` or `1.0E-4`.
  ///
  /// - Throws: ``Failure`` for anything else, also for `.inf`, `.nan`, `0,5`, `00.5` and `"3"`.
  public func number() throws -> Double {
    let text = try numberText("a number", isWhole: false)
    guard let value = DecimalNumber.parse(text) else {
      throw Failure(
        .manifestInvalid, "number too large", location: location,
        why: "\(text.prefix(40)) exceeds \(Double.greatestFiniteMagnitude)")
    }
    return value
  }

  /// The text of a decimal number without leading zeros.
  private func numberText(_ expected: String, isWhole: Bool) throws -> String {
    guard let text = plainText, DecimalNumber.isDecimal(text) else {
      throw mismatch(expected, help: numberHelp(isWhole: isWhole))
    }
    if let meant = DecimalNumber.withoutLeadingZeros(text) {
      throw leadingZero(text, meant: meant)
    }
    return text
  }

  /// The failure for a number such as `020`.
  private func leadingZero(_ text: String, meant: String) -> Failure {
    let digits = text.drop { $0 == "-" || $0 == "+" }
    var why = "numbers are written without leading zeros"
    if let octal = Int(digits, radix: 8), octal != Int(digits) {
      why +=
        "; some YAML readers, such as PyYAML, take \(text.prefix(40)) for "
        + (text.hasPrefix("-") ? "-" : "") + String(octal)
    }
    return Failure(
      .manifestInvalid, "the number \(text.prefix(40)) begins with a zero", location: location,
      why: why,
      help: "write \(meant.prefix(40))")
  }

  /// What to write instead of a value that is no number.
  private func numberHelp(isWhole: Bool) -> String? {
    guard case .scalar(let text, let isQuoted) = value else { return nil }
    if isQuoted { return DecimalNumber.isDecimal(text) ? "remove the quotes" : nil }
    let infinities: Set = [".inf", "-.inf", "+.inf", "inf", "-inf", "infinity", ".nan", "nan"]
    if infinities.contains(text.lowercased()) { return "write a finite number" }
    return DecimalNumber.meant(by: text, isWhole: isWhole).map { "write \($0)" }
  }

  /// Reads `true` or `false`.
  ///
  /// - Throws: ``Failure`` for anything else, also for `yes`, `no`, `on`, `off`, `1` and `0`.
  public func boolean() throws -> Bool {
    guard let text = plainText else { throw mismatch("true or false") }
    switch text {
    case "true", "True", "TRUE": return true
    case "false", "False", "FALSE": return false
    default: break
    }
    let help: String? =
      switch text.lowercased() {
      case "yes", "on", "y", "1": "write true"
      case "no", "off", "n", "0": "write false"
      default: nil
      }
    throw mismatch("true or false", help: help)
  }

  /// Reads a text, with or without quotes.
  ///
  /// - Throws: ``Failure`` for lists, mappings and nothing at all, and for unquoted numbers and
  ///   booleans, which must be quoted where a text is meant.
  public func string() throws -> String {
    guard case .scalar(let text, let isQuoted) = value, !isNull else { throw mismatch("a text") }
    if !isQuoted, DecimalNumber.isDecimal(text) || YAMLNode.isBoolean(text) {
      throw mismatch("a text", help: "put it in quotes: \"\(text.prefix(40))\"")
    }
    return text
  }

  /// Reads a list.
  public func sequence() throws -> [YAMLNode] {
    guard case .sequence(let elements) = value else { throw mismatch("a list") }
    return elements
  }

  /// Reads a mapping; entries are in the order of the file.
  public func mapping() throws -> [Entry] {
    guard case .mapping(let entries) = value else { throw mismatch("a mapping") }
    return entries
  }

  /// The failure for a value of the wrong type: "expected a number, found the text 'ten'".
  public func mismatch(_ expected: String, help: String? = nil) -> Failure {
    Failure(
      .manifestInvalid, "expected \(expected), found \(kindDescription)", location: location,
      help: help)
  }

  // MARK: - Details

  private var plainText: String? {
    guard case .scalar(let text, isQuoted: false) = value, !isNull else { return nil }
    return text
  }

  private func isWhole(_ text: String) -> Bool {
    let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
    return !digits.isEmpty && text.utf8.count - digits.count <= 1
      && digits.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
  }
}
