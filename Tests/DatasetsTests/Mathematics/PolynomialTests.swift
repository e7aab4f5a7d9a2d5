import Testing

@testable import Datasets

struct PolynomialTests {
  /// Answers and questions that the published generator has written.
  @Test(
    "polynomials are written as the published generator writes them",
    arguments: [
      "-c**3*t**2 + 2*c**3 + 18*c*t**3 + 6*c*t - 2*t**3", "2 - 16578*g", "16 - o**2", "x + 14",
      "-12*c - 155", "8022 - 836988*m", "-18*q + 1078536*u - 42", "52*h**2 + 2", "-x",
      "19*a**2 - 23*a", "n**3 + 1009950*n - 2", "-27206262", "3072*f*s**3 - 32832*f*s**2",
    ])
  func published(text: String) throws {
    let terms = try PolynomialOracle.terms(of: text)
    let letters = Set(terms.keys.flatMap(\.keys)).sorted()
    var polynomial = Polynomial(letters: letters.map(String.init))
    for (powers, coefficient) in terms {
      polynomial.add(coefficient, powers: letters.map { powers[$0] ?? 0 })
    }
    #expect(polynomial.text == text)
  }

  @Test("the number stands first only before a negative multiple of a single power")
  func exception() {
    var product = Polynomial(letters: ["x", "y"])
    product.add(2, powers: [0, 0])
    product.add(-3, powers: [1, 1])
    #expect(product.text == "-3*x*y + 2")
    product.add(-2, powers: [0, 0])
    product.add(3, powers: [1, 1])
    #expect(product.text == "0")
    #expect(product.derivative(0).text == "0")
  }
}
