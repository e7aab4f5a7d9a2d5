/// Numbers as they stand in CSV files.
public enum CSVNumber {
  /// The fewest characters that read back to exactly the same value.
  ///
  /// **Edge cases**: integral values lose their `.0` (`3`, `-0`), large and small ones have an
  /// exponent (`1e-05`, `1e+16`), NaN is `NaN`, the infinities are `inf` and `-inf`, and a missing
  /// value is empty.
  public static func format(_ value: Double?) -> String {
    guard let value else { return "" }
    if value.isNaN { return "NaN" }
    let text = value.description
    return text.utf8.suffix(2).elementsEqual(".0".utf8) ? String(text.dropLast(2)) : text
  }

  /// Reads what ``format(_:)`` writes, and any other decimal number.
  ///
  /// - Returns: nil for an empty field.
  /// - Throws: ``Failure`` when the field is not a number; the caller adds the place.
  public static func parse(_ text: String, exitCode: ExitCode = .corrupt) throws -> Double? {
    switch text {
    case "": return nil
    case "NaN": return .nan
    case "inf": return .infinity
    case "-inf": return -.infinity
    default:
      guard let value = DecimalNumber.parse(text) else {
        throw Failure(
          exitCode, "\(Failure.quote(text)) is not a number",
          help: "write a decimal such as 0.5 or 1e-4, NaN, inf, -inf, or nothing")
      }
      return value
    }
  }
}
