import Tensors
import TestSupport
import Testing

/// Many steps at once, beside the same ones one after the other.
@Suite struct CatchingUpTests {
  private static let random = RandomSource(seed: 5)

  private static func numbers(_ name: String, _ count: Int) -> Tensor<Float> {
    random.stream(name).uniform([count], in: 0...1)
  }

  @Test(arguments: [0, 1, 17, 1024, 2500], KernelLevel.allCases)
  func `steps of Adam along nothing but a constant`(_ count: Int, level: KernelLevel) {
    guard level.isAvailable else { return }
    level.use {
      let steps = (1...5).map {
        AdamCoefficients(
          learningRate: 0.01, step: $0, gradientOffset: 1e-3, gradientScale: 1 / Double($0))
      }
      var one = (Self.numbers("p", count), Self.numbers("m", count), Self.numbers("v", count))
      var other = one
      one.0.adamSteps(steps, first: &one.1, second: &one.2)
      for step in steps {
        other.0.adamStep(
          gradient: Tensor(zeros: [count]), coefficients: step, first: &other.1, second: &other.2)
      }
      #expect(one == other)
    }
  }

  @Test(arguments: [0, 1, 17, 1024, 2500]) func `scaling by several factors`(_ count: Int) {
    var one = Self.numbers("x", count)
    var other = one
    let factors: [Float] = [0.9, 0.3, 0.77]
    let squares = one.scaleAndSumSquares(by: factors)
    for factor in factors { other.scale(by: factor) }
    #expect(one == other)
    let expected = other.scalars.reduce(0.0) { $0 + Double($1) * Double($1) }
    #expect(abs(squares - expected) <= 1e-12 * expected)
  }
}
