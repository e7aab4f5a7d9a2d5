/// A sum of products of powers of letters, with whole coefficients.
struct Polynomial: Hashable {
  /// The letters, ascending.
  let letters: [String]
  /// The coefficients that are not 0, by the powers of the letters.
  private(set) var coefficients: [[Int]: Int] = [:]

  /// The polynomial 0 in these letters, which are put into alphabetical order.
  init(letters: [String]) {
    self.letters = letters.sorted()
  }

  /// Adds a multiple of a product of powers, one power per letter.
  mutating func add(_ coefficient: Int, powers: [Int]) {
    let sum = coefficients[powers, default: 0] + coefficient
    coefficients[powers] = sum == 0 ? nil : sum
  }

  /// The derivative with respect to the letter at a place.
  func derivative(_ place: Int) -> Polynomial {
    var derivative = Polynomial(letters: letters)
    for (powers, coefficient) in coefficients where powers[place] > 0 {
      var lowered = powers
      lowered[place] -= 1
      derivative.add(coefficient * powers[place], powers: lowered)
    }
    return derivative
  }

  /// The polynomial as the published files write it: every power once, those of the first letter
  /// descending, then those of the second. Of two terms a positive number stands before a negative
  /// multiple of one power, as in `2 - 3*x`.
  var text: String {
    var terms = coefficients.sorted { $1.key.lexicographicallyPrecedes($0.key) }
      .map { Term($0.value, powers: $0.key, of: letters) }
    if terms.count == 2, terms[0].coefficient < 0,
      terms[0].factors.count == 1, terms[1].factors.isEmpty, terms[1].coefficient > 0
    {
      terms.reverse()
    }
    return terms.isEmpty ? "0" : Term.text(of: terms)
  }
}

/// A product of a whole number and powers of letters, as a question writes it.
struct Term: Hashable {
  /// The number; its sign is written before the term.
  let coefficient: Int
  /// Whether a zero is written with a minus sign.
  let isNegated: Bool
  /// The powers, such as `x**2`.
  let factors: [String]

  /// A number times the powers of letters; powers of 0 are left out.
  init(_ coefficient: Int, powers: [Int], of letters: [String], isNegated: Bool = false) {
    self.coefficient = coefficient
    self.isNegated = isNegated
    factors = zip(letters, powers).filter { $0.1 > 0 }
      .map { $0.1 == 1 ? $0.0 : "\($0.0)**\($0.1)" }
  }

  /// The term without its sign.
  private var magnitude: String {
    let hasNumber = factors.isEmpty || abs(coefficient) != 1
    return ((hasNumber ? [String(coefficient.magnitude)] : []) + factors).joined(separator: "*")
  }

  private var sign: Bool { coefficient < 0 || (coefficient == 0 && isNegated) }

  /// The sum of terms, in their order; 0 without any.
  static func text(of terms: [Term]) -> String {
    guard let first = terms.first else { return "0" }
    return (first.sign ? "-" : "") + first.magnitude
      + terms.dropFirst().map { ($0.sign ? " - " : " + ") + $0.magnitude }.joined()
  }
}
