import Glibc

// Numbers by entropy, as the Mathematics Dataset draws them: a number of entropy e is one of about
// 10^e.

extension RandomDraws {
  /// A whole number of about 10^entropy, negative ones among them if `isSigned`, of at least a
  /// given magnitude and without common factor with another number.
  mutating func integer(
    entropy: Double, isSigned: Bool, minimumMagnitude: Int = 0, coprimeTo other: Int = 1
  ) -> Int {
    var size = pow(10, entropy) + Double(minimumMagnitude)
    if abs(other) >= 2 { size = size / CoprimeDensity.of(abs(other)) + 1 }
    let limit = Int((isSigned ? size / 2 : size).rounded(.up))
    let range = isSigned ? -limit...limit : minimumMagnitude...limit
    while true {
      let value = integer(range)
      if abs(value) >= minimumMagnitude, CoprimeDensity.greatestCommonDivisor(value, other) == 1 {
        return value
      }
    }
  }

  /// A whole number or a decimal that is none, half of each.
  mutating func integerOrDecimal(entropy: Double) -> ExactNumber {
    if coin() { return ExactNumber(integer(entropy: entropy, isSigned: true)) }
    while true {
      let digits = integer(entropy: entropy, isSigned: true)
      let decimals = integer(1...Int(entropy.rounded(.up)))
      if digits % ExactNumber.powerOfTen(decimals) != 0 {
        return ExactNumber(digits: digits, decimals: decimals)
      }
    }
  }

  /// A whole number or a fraction that is none, half of each.
  mutating func integerOrFraction(entropy: Double) -> ExactNumber {
    if coin() { return ExactNumber(integer(entropy: entropy, isSigned: true)) }
    let above = uniform(0...entropy)
    let numerator = integer(entropy: above, isSigned: true, minimumMagnitude: 1)
    let denominator = integer(
      entropy: entropy - above, isSigned: false, minimumMagnitude: 2, coprimeTo: numerator)
    return ExactNumber(numerator: numerator, denominator: denominator)
  }

  /// A whole number, a decimal or a fraction.
  mutating func anyNumber(entropy: Double) -> ExactNumber {
    coin() ? integerOrDecimal(entropy: entropy) : integerOrFraction(entropy: entropy)
  }
}

/// Which part of all numbers has no factor in common with a given one.
enum CoprimeDensity {
  /// The product of 1 − 1/p over the prime factors p of a positive number.
  static func of(_ number: Int) -> Double {
    var (rest, density, factor) = (number, 1.0, 2)
    while factor * factor <= rest {
      if rest % factor == 0 {
        density *= 1 - 1 / Double(factor)
        while rest % factor == 0 { rest /= factor }
      }
      factor += factor == 2 ? 1 : 2
    }
    return rest > 1 ? density * (1 - 1 / Double(rest)) : density
  }

  /// The greatest common divisor; that of 0 and n is n.
  static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    var (a, b) = (abs(a), abs(b))
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }
}
