/// The one notation for numbers that all text formats share: `-12`, `.5`, `5.`, `3.25`, `1e-4`,
/// `1.0E+6`.
public enum DecimalNumber {
  /// Reads a decimal number.
  ///
  /// - Returns: nil for anything else, such as hexadecimal, `nan`, spaces or a value too large.
  public static func parse(_ text: String) -> Double? {
    guard isDecimal(text), let value = Double(text), value.isFinite else { return nil }
    return value
  }

  /// Whether the text has the form `[+-] digits [. digits] [e [+-] digits]`.
  public static func isDecimal(_ text: String) -> Bool {
    var rest = Substring(text).utf8
    func skip(_ allowed: String.UTF8View) {
      if let byte = rest.first, allowed.contains(byte) { rest.removeFirst() }
    }
    func digits() -> Int {
      let run = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }.count
      rest.removeFirst(run)
      return run
    }
    skip("+-".utf8)
    var count = digits()
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      count += digits()
    }
    guard count > 0 else { return false }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest.removeFirst()
      skip("+-".utf8)
      guard digits() > 0 else { return false }
    }
    return rest.isEmpty
  }

  // MARK: - What people write

  /// The number without its leading zeros, `20` for `020`; nil when it has none.
  ///
  /// Where people write numbers, leading zeros are refused: other readers take `020` for 16, and
  /// `0,0001` is two numbers.
  public static func withoutLeadingZeros(_ text: String) -> String? {
    guard isDecimal(text) else { return nil }
    let sign = text.prefix { $0 == "-" || $0 == "+" }
    let rest = text[sign.endIndex...]
    let zeros = rest.prefix { $0 == "0" }
    let next = rest[zeros.endIndex...].first
    // The zero of 0, 0.5 and 0e3 is none too many.
    let kept = next.map(isDigit) ?? false ? 0 : 1
    guard zeros.count > kept else { return nil }
    return String(sign) + String(rest.dropFirst(zeros.count - kept))
  }

  /// The notation that is meant by one that is not read: `16` for `0x10`, `20000` for `20_000` and
  /// `20,000`, `0.5` for `0,5`.
  ///
  /// - Parameter isWhole: whether a whole number is wanted.
  /// - Returns: nil when that cannot be told.
  static func meant(by text: String, isWhole: Bool) -> String? {
    let isNegative = text.hasPrefix("-")
    let digits = text.drop { $0 == "-" || $0 == "+" }.lowercased()
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.hasPrefix(prefix) {
      guard let value = Int(digits.dropFirst(2).filter { $0 != "_" }, radix: radix), value >= 0
      else { return nil }
      return (isNegative ? "-" : "") + String(value)
    }
    let groups = text.split(separator: ",", omittingEmptySubsequences: false)
    var plain = text.filter { $0 != "_" }
    if groups.count > 1 {
      let isGrouped = groups.dropFirst().allSatisfy { $0.count == 3 && $0.allSatisfy(isDigit) }
      if isWhole || groups.count > 2 {
        guard isGrouped else { return nil }
        plain = groups.joined()
      } else {
        // 1,000 may be a thousand or one.
        guard !isGrouped || groups[0].allSatisfy({ "+-0".contains($0) }) else { return nil }
        plain = plain.replacing(",", with: ".")
      }
    }
    plain = withoutLeadingZeros(plain) ?? plain
    guard let value = parse(plain) else { return nil }
    guard isWhole else { return plain == text ? nil : plain }
    return Int(exactly: value).map(String.init).flatMap { $0 == text ? nil : $0 }
  }

  private static func isDigit(_ character: Character) -> Bool {
    character.isASCII && character.isWholeNumber
  }
}
