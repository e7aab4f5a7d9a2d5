import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct InitializationTests {
  private let stream = RandomSource(seed: 6).stream("init/weight")

  @Test func `fans of matrices and kernels`() {
    let matrix = Initialization.fans(ofWeight: [20, 30])
    #expect(matrix.in == 30 && matrix.out == 20)
    let kernel = Initialization.fans(ofWeight: [64, 32, 3, 3])
    #expect(kernel.in == 288 && kernel.out == 576)
  }

  @Test func `uniform rules keep their bounds and variances`() {
    let rules: [(Initialization, bound: Double)] = [
      (.uniformFanIn, 0.1), (.xavierUniform(gain: 2), 2 * (6.0 / 400).squareRoot()),
    ]
    for (rule, bound) in rules {
      let weight: Tensor<Float> = rule.draw(weight: [300, 100], from: stream)
      #expect(Double(weight.maximumMagnitude()) <= bound * (1 + 1e-6))
      expectClose(weight.sumOfSquares() / 30_000, bound * bound / 3, relative: 0.03)
      #expect(abs(weight.mean()) < 0.03 * bound)
    }
  }

  @Test func `normal rules have their deviations`() {
    let rules: [(Initialization, deviation: Double)] = [
      (.normal(standardDeviation: 0.5), 0.5),
      (.xavierNormal(gain: 2.0.squareRoot()), (2 * 2.0 / 400).squareRoot()),
    ]
    for (rule, deviation) in rules {
      let weight: Tensor<Float> = rule.draw(weight: [300, 100], from: stream)
      expectClose(weight.sumOfSquares() / 30_000, deviation * deviation, relative: 0.03)
      #expect(abs(weight.mean()) < 0.03 * deviation)
      #expect(Double(weight.maximumMagnitude()) > 3.5 * deviation)
    }
  }

  @Test func `orthogonal matrices have orthogonal rows of the length of the gain`() {
    let matrix: Tensor<Double> = Initialization.orthogonal(gain: 3).draw(
      weight: [12, 12], from: stream)
    var expected = Tensor<Double>(zeros: [12, 12])
    for i in 0..<12 { expected[i, i] = 9 }
    expectClose(
      Naive.matrixProduct(matrix, Naive.transpose(matrix)), expected, absolute: 1e-5)
  }

  @Test func `both precisions get the same numbers`() {
    for rule in [Initialization.uniformFanIn, .xavierNormal(gain: 1), .orthogonal(gain: 1)] {
      let single: Tensor<Float> = rule.draw(weight: [8, 8], from: stream)
      let double: Tensor<Double> = rule.draw(weight: [8, 8], from: stream)
      expectClose(single, double, absolute: 1e-6)
    }
  }

  @Test func `steps give different numbers and constants are constant`() {
    let first: Tensor<Float> = Initialization.uniformFanIn.draw(weight: [3, 3], from: stream)
    let second: Tensor<Float> = Initialization.uniformFanIn.draw(
      weight: [3, 3], from: stream, step: 1)
    #expect(first != second)
    let constant: Tensor<Float> = Initialization.constant(2).draw(
      [3], fanIn: 0, fanOut: 0, from: stream)
    #expect(constant.scalars == [2, 2, 2])
  }

  @Test func `a unit without inputs has no bound`() async {
    await #expect(processExitsWith: .failure) {
      let stream = RandomSource(seed: 1).stream("x")
      let _: Tensor<Float> = Initialization.uniformFanIn.draw(weight: [3, 0], from: stream)
    }
  }
}
