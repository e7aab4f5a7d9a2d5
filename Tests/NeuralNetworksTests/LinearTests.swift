import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct LinearTests {
  @Test func `names, roles, shapes and order of the parameters`() {
    let layer = Linear<Float>(
      name: "encoder.0", inputs: 3, outputs: 2, random: RandomSource(seed: 1))
    #expect(layer.parameters.map(\.name) == ["encoder.0.weight", "encoder.0.bias"])
    #expect(layer.parameters.map(\.role) == [.weight, .bias])
    #expect(layer.parameters.map(\.shape) == [[2, 3], [2]])
    #expect(layer.parameterCount == 8)
    #expect(layer.parameter(named: "encoder.0.bias") === layer.bias)
    #expect(layer.parameter(named: "other") == nil)
  }

  @Test func `a layer without bias and without name`() {
    let layer = Linear<Float>(
      name: "", inputs: 3, outputs: 2, hasBias: false, random: RandomSource(seed: 1))
    #expect(layer.parameters.map(\.name) == ["weight"])
    let graph = Graph<Float>()
    let x = graph.constant(Tensor<Float>(zeros: [4, 3]))
    let y = layer.forward(x, in: ForwardPass(graph: graph, source: FrozenParameters()))
    #expect(y.tensor == Tensor(zeros: [4, 2]))
  }

  @Test func `forward equals loops`() {
    let layer = Linear<Float>(name: "l", inputs: 5, outputs: 4, random: RandomSource(seed: 2))
    let x: Tensor<Float> = RandomSource(seed: 2).stream("x").uniform([6, 5], in: -1...1)
    let graph = Graph<Float>()
    let y = layer.forward(
      graph.constant(x), in: ForwardPass(graph: graph, source: FrozenParameters()))
    let expected = Naive.linear(
      x.converted(to: Double.self), weight: layer.weight.value.converted(to: Double.self),
      bias: layer.bias?.value.converted(to: Double.self))
    expectClose(y.tensor, expected, absolute: 1e-6)
  }

  @Test func `weights and biases are uniform between the fan-in bounds`() throws {
    let layer = Linear<Float>(
      name: "l", inputs: 400, outputs: 300, random: RandomSource(seed: 3))
    let bound: Float = 0.05
    let bias = try #require(layer.bias?.value)
    #expect(layer.weight.value.maximumMagnitude() <= bound)
    #expect(layer.weight.value.maximumMagnitude() > 0.999 * bound)
    #expect(bias.maximumMagnitude() <= bound)
    #expect(bias.maximumMagnitude() > 0.95 * bound)
    // U(−a, a) has mean 0 and variance a²/3; five standard errors over 120,000 draws.
    #expect(abs(layer.weight.value.mean()) < 5 * 0.05 / (3.0 * 120_000).squareRoot())
    expectClose(
      layer.weight.value.sumOfSquares() / 120_000, 0.05 * 0.05 / 3, relative: 0.02)
  }

  @Test func `initial values depend on seed, name and step only`() {
    func weight(_ name: String, seed: UInt64) -> Tensor<Float> {
      Linear<Float>(name: name, inputs: 3, outputs: 2, random: RandomSource(seed: seed))
        .weight.value
    }
    #expect(weight("a", seed: 1) == weight("a", seed: 1))
    #expect(weight("a", seed: 1) != weight("b", seed: 1))
    #expect(weight("a", seed: 1) != weight("a", seed: 2))
    let bound = Float(1 / 3.0.squareRoot())
    #expect(
      weight("a", seed: 1)
        == RandomSource(seed: 1).stream("init/a.weight").uniform([2, 3], in: -bound...bound))
  }

  @Test func `other rules for the initial values`() throws {
    let layer = Linear<Float>(
      name: "l", inputs: 3, outputs: 2, weightInitialization: .constant(2),
      biasInitialization: .constant(0), random: RandomSource(seed: 1))
    #expect(layer.weight.value == Tensor(repeating: 2, shape: [2, 3]))
    #expect(layer.bias?.value == Tensor(zeros: [2]))
  }

  @Test func `parameters that do not fit are refused`() async {
    await #expect(processExitsWith: .failure) {
      let weight = Parameter<Float>(name: "w", role: .weight, value: Tensor(zeros: [2, 3]))
      let bias = Parameter<Float>(name: "b", role: .bias, value: Tensor(zeros: [3]))
      _ = Linear(weight: weight, bias: bias)
    }
  }
}
