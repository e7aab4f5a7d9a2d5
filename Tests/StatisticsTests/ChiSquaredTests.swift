import Foundation
import Testing

@testable import Statistics

@Suite struct ChiSquaredTests {
  /// SciPy's values, down to 1e-110 and beyond.
  @Test func tailsAreThoseOfSciPy() throws {
    for row in try Fixture("chi2_sf").cases {
      let values = row.numbers
      let (x, tail, logarithm) = (values[0], values[2], values[3])
      let distribution = ChiSquared(degreesOfFreedom: values[1])
      #expect(
        abs(distribution.upperTail(x) - tail) <= 1e-10 * tail, "χ²(\(values[1])) above \(x)")
      #expect(abs(distribution.logUpperTail(x) - logarithm) <= 1e-10 * max(abs(logarithm), 1e-3))
    }
  }

  @Test func edges() {
    let distribution = ChiSquared(degreesOfFreedom: 3)
    #expect(distribution.upperTail(0) == 1)
    #expect(distribution.upperTail(.infinity) == 0)
    #expect(distribution.upperTail(.nan).isNaN)
    // Two degrees of freedom are the exponential distribution.
    #expect(ChiSquared(degreesOfFreedom: 2).logUpperTail(3000) == -1500)
  }

  @Test(arguments: [0.5, 1, 2.5, 9.999, 10, 37.5, 500])
  func logarithmOfGamma(a: Double) {
    // Γ(a + 1) = a Γ(a), across the place where the formula changes.
    let difference = GammaFunction.logarithm(a + 1) - GammaFunction.logarithm(a)
    #expect(abs(difference - log(a)) < 1e-12 * max(1, abs(GammaFunction.logarithm(a + 1))))
  }
}
