/// A fraction together with the way it is written: `12`, `-0.05` or `-3/7`.
///
/// Numbers of the generator have at most 17 significant digits and 17 decimals, so that sums fit
/// 64 bits and comparisons 128.
struct ExactNumber: Hashable {
  /// Above the line; for a decimal the digits without the point.
  let numerator: Int
  /// Below the line, positive; for a decimal a power of ten.
  let denominator: Int
  /// Decimals that are written; nil for a fraction.
  let decimals: Int?

  /// A whole number.
  init(_ value: Int) {
    (numerator, denominator, decimals) = (value, 1, 0)
  }

  /// A decimal, `digits` / 10^`decimals`; zeros at its end are dropped.
  init(digits: Int, decimals: Int) {
    var (digits, decimals) = (digits, decimals)
    while decimals > 0, digits % 10 == 0 {
      digits /= 10
      decimals -= 1
    }
    numerator = digits
    denominator = ExactNumber.powerOfTen(decimals)
    self.decimals = decimals
  }

  /// A fraction in lowest terms.
  init(numerator: Int, denominator: Int) {
    self.numerator = numerator
    self.denominator = denominator
    decimals = nil
  }

  /// 10^exponent.
  static func powerOfTen(_ exponent: Int) -> Int {
    (0..<exponent).reduce(1) { value, _ in value * 10 }
  }

  /// The number as questions and answers write it.
  var text: String {
    guard let decimals else { return "\(numerator)/\(denominator)" }
    guard decimals > 0 else { return String(numerator) }
    let digits = String(numerator.magnitude)
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return (numerator < 0 ? "-" : "") + padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }

  /// The sum of two decimals, or with `sign` −1 their difference.
  static func sum(_ a: ExactNumber, _ b: ExactNumber, sign: Int = 1) -> ExactNumber {
    guard let first = a.decimals, let second = b.decimals else {
      preconditionFailure("sums are of decimals")
    }
    let decimals = max(first, second)
    return ExactNumber(
      digits: a.numerator * powerOfTen(decimals - first)
        + sign * b.numerator * powerOfTen(decimals - second),
      decimals: decimals)
  }

  /// Whether a number is smaller than another.
  static func isLess(_ a: ExactNumber, _ b: ExactNumber) -> Bool {
    let left = a.numerator.multipliedFullWidth(by: b.denominator)
    let right = b.numerator.multipliedFullWidth(by: a.denominator)
    return left.high != right.high ? left.high < right.high : left.low < right.low
  }

  /// Whether two numbers have the same value, however they are written.
  static func isEqual(_ a: ExactNumber, _ b: ExactNumber) -> Bool {
    a.numerator.multipliedFullWidth(by: b.denominator)
      == b.numerator.multipliedFullWidth(by: a.denominator)
  }
}
