/// Problems of the module `polynomials__collect`: "Collect the terms in 15*k + 8*k - 21*k.".
enum CollectingTerms {
  static func problem(
    entropy: Double, _ draws: inout RandomDraws
  ) -> (question: String, answer: String) {
    // The second smallest of four uniform numbers has the distribution Beta(2, 3).
    let fraction = (0..<4).map { _ in draws.uniform() }.sorted()[1]
    let degree = draws.integer(1...3)
    let rest = entropy * (1 - fraction)
    let letter = draws.letters(1)
    var sum = Polynomial(letters: letter)
    for term in draws.terms(degrees: [degree], entropy: entropy * fraction) {
      sum.add(term.coefficient, powers: term.powers)
    }
    let values = (0...degree).map { sum.coefficients[[$0]] ?? 0 }
    let fewest = values.count { $0 != 0 } + 2
    let length = draws.integer(fewest...fewest + Int(rest.rounded(.up)) / 2)
    let summands = draws.summands(of: values, length: length, entropy: rest)
    let terms = draws.shuffled(
      summands.enumerated().flatMap { power, parts in
        parts.map { Term($0, powers: [power], of: letter) }
      })
    return ("Collect the terms in \(Term.text(of: terms)).", sum.text)
  }
}
