import Foundation

/// Numbers for people.
package enum ShortNumber {
  /// A number to four significant digits: `0.9731`, `1.2e-05`, `12350`.
  package static func text(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return CSVNumber.format(value) }
    let exponent = Int(log10(abs(value)).rounded(.down))
    if exponent >= 4, exponent < 15 { return CSVNumber.format(value.rounded()) }
    let digits = 3 - exponent
    let factor = pow(10, Double(abs(digits)))
    let rounded =
      digits >= 0 ? (value * factor).rounded() / factor : (value / factor).rounded() * factor
    return CSVNumber.format(rounded)
  }

  /// A count with a thin structure: `1 234 567`.
  package static func grouped(_ count: Int) -> String {
    let digits = String(abs(count))
    var groups: [Substring] = []
    var end = digits.endIndex
    while end > digits.startIndex {
      let start =
        digits.index(end, offsetBy: -3, limitedBy: digits.startIndex)
        ?? digits.startIndex
      groups.insert(digits[start..<end], at: 0)
      end = start
    }
    return (count < 0 ? "-" : "") + groups.joined(separator: " ")
  }
}
