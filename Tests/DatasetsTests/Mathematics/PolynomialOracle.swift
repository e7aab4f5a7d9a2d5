import Testing

/// Sums of products read from a text, apart from how the generator makes them.
enum PolynomialOracle {
  /// A product as it stands in a text: its number and the powers of its letters.
  typealias Product = (number: Int, powers: [Character: Int])

  /// The products of `2*x**3*y - 4 + 0*y`.
  static func products(_ text: some StringProtocol) throws -> [Product] {
    try String(text).replacing(" - ", with: " + -").split(separator: " + ").map { part in
      var product: Product = (part.hasPrefix("-") ? -1 : 1, [:])
      for factor in String(part.trimmingPrefix("-")).replacing("**", with: "^").split(
        separator: "*")
      {
        if let number = Int(factor) {
          product.number *= number
        } else {
          let power = factor.split(separator: "^")
          let letter = try #require(power[0].first)
          try #require(power[0].count == 1)
          product.powers[letter, default: 0] += power.count == 2 ? try #require(Int(power[1])) : 1
        }
      }
      return product
    }
  }

  /// The coefficient of every product of powers that does not vanish.
  static func sum(_ products: [Product]) -> [[Character: Int]: Int] {
    var sums: [[Character: Int]: Int] = [:]
    for product in products { sums[product.powers, default: 0] += product.number }
    return sums.filter { $0.value != 0 }
  }

  /// The coefficients of an answer, in which every product stands once and none has the number 0.
  static func terms(of answer: String) throws -> [[Character: Int]: Int] {
    let products = try products(answer)
    let terms = sum(products)
    #expect(terms.count == products.count, "\(answer)")
    return terms
  }

  /// The coefficients of "Collect the terms in ….".
  static func collected(_ question: String) throws -> [[Character: Int]: Int] {
    sum(try products(try #require(question.wholeMatch(of: /Collect the terms in (.*)\./)).1))
  }

  /// The coefficients of the derivative that a question asks for.
  static func derivative(_ question: String) throws -> [[Character: Int]: Int] {
    let match = try #require(
      question.wholeMatch(
        of:
          /(?:Differentiate|(?:Find|What is) the (?:(first|second|third) )?derivative of) (.*?)(?: (?:wrt|with respect to) ([a-z]))?[.?]/
      ))
    var products = try products(match.2)
    let letters = Set(products.flatMap(\.powers.keys))
    let letter = try #require(match.3?.first ?? (letters.count == 1 ? letters.first : nil))
    let order = ["second": 2, "third": 3][match.1 ?? ""] ?? 1
    for _ in 0..<order {
      products = products.compactMap { product in
        guard let power = product.powers[letter] else { return nil }
        var lowered = product
        lowered.number *= power
        lowered.powers[letter] = power == 1 ? nil : power - 1
        return lowered
      }
    }
    return sum(products)
  }

  /// Whether a number solves "Solve … = … for x." and the next one does not.
  static func isOnlySolution(_ answer: String, of question: String) throws -> Bool {
    let match = try #require(question.wholeMatch(of: /Solve (.*) = (.*) for ([a-z])\./))
    let solution = try #require(Int(answer))
    func difference(_ value: Int) throws -> Int {
      func side(_ text: Substring) throws -> Int {
        try products(text).reduce(0) { sum, product in
          #expect(product.powers.allSatisfy { $0 == Character(String(match.3)) && $1 == 1 })
          return sum + product.number * (product.powers.isEmpty ? 1 : value)
        }
      }
      return try side(match.1) - side(match.2)
    }
    return try difference(solution) == 0 && difference(solution + 1) != 0
  }
}
