/// The one notation for numbers that all text formats share: `-12`, `.5`, `3.25`, `1e-4`, `1.0E+6`.
enum DecimalNumber {
  /// Reads a decimal number.
  ///
  /// - Returns: nil for anything else, such as hexadecimal, `nan`, spaces or a value too large.
  static func parse(_ text: String) -> Double? {
    guard isDecimal(text), let value = Double(text), value.isFinite else { return nil }
    return value
  }

  /// Whether the text has the form `[+-] digits [. digits] [e [+-] digits]`.
  static func isDecimal(_ text: String) -> Bool {
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
}
