import Glibc

/// Problems of the module `calculus__differentiate`: "Find the second derivative of 2*x**3 - x.".
enum Differentiation {
  private static let ordinals = ["first", "second", "third"]

  static func problem(
    entropy: Double, _ draws: inout RandomDraws
  ) -> (question: String, answer: String) {
    let letters = draws.letters(draws.integer(1...4)).sorted()
    let order = draws.integer(1...ordinals.count)
    // Which derivative is asked for is part of the entropy.
    let rest = max(0, entropy - log10(Double(ordinals.count)))
    let place = draws.integer(0...letters.count - 1)
    var degrees = letters.map { _ in draws.integer(1...3) }
    degrees[place] = draws.integer(0...3)
    var polynomial = Polynomial(letters: letters)
    for term in draws.terms(degrees: degrees, entropy: rest) {
      var powers = term.powers
      powers[place] += order
      polynomial.add(term.coefficient, powers: powers)
    }
    // Terms that vanish.
    degrees[place] = order - 1
    for term in draws.terms(degrees: degrees, entropy: rest) {
      polynomial.add(term.coefficient, powers: term.powers)
    }
    let derivative = (0..<order).reduce(polynomial) { result, _ in result.derivative(place) }
    let wordings = wordings(
      polynomial.text, order: order, letter: letters[place], isOnly: letters.count == 1)
    return (draws.choice(wordings), derivative.text)
  }

  private static func wordings(
    _ polynomial: String, order: Int, letter: String, isOnly: Bool
  ) -> [String] {
    let derivative = "\(ordinals[order - 1]) derivative of \(polynomial)"
    var wordings = [
      "Find the \(derivative) wrt \(letter).", "What is the \(derivative) wrt \(letter)?",
    ]
    if order == 1 {
      wordings += [
        "Differentiate \(polynomial) with respect to \(letter).",
        "Differentiate \(polynomial) wrt \(letter).",
        "What is the derivative of \(polynomial) wrt \(letter)?",
      ]
    }
    guard isOnly else { return wordings }
    wordings += ["Find the \(derivative).", "What is the \(derivative)?"]
    if order == 1 {
      wordings += ["Differentiate \(polynomial).", "What is the derivative of \(polynomial)?"]
    }
    return wordings
  }
}
