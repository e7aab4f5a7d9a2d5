import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct ImageLayersTests {
  private let random = RandomSource(seed: 31)

  private func images(_ shape: Shape) -> Tensor<Double> {
    random.stream("x").uniform(shape, in: -1...1)
  }

  @Test func `parameters of a convolution`() throws {
    let layer = Convolution<Float>(
      name: "convolutions.0", inputs: 16, outputs: 400, ConvolutionGeometry(kernel: 3),
      random: random)
    #expect(layer.parameters.map(\.name) == ["convolutions.0.weight", "convolutions.0.bias"])
    #expect(layer.parameters.map(\.shape) == [[400, 16, 3, 3], [400]])
    #expect(layer.parameters.map(\.role) == [.weight, .bias])
    // U(−1/12, 1/12) with fan-in 16 · 9.
    let bias = try #require(layer.bias?.value)
    for value in [layer.weight.value, bias] {
      #expect(value.maximumMagnitude() <= 1 / 12)
      #expect(value.maximumMagnitude() > 0.95 / 12)
    }
    expectClose(layer.weight.value.sumOfSquares() / 57_600, 1.0 / 144 / 3, relative: 0.02)
    let plain = Convolution<Float>(
      name: "", inputs: 2, outputs: 3, ConvolutionGeometry(kernel: 1), hasBias: false,
      random: random)
    #expect(plain.parameters.map(\.name) == ["weight"])
  }

  @Test func `samples of a convolution are separate convolutions`() {
    let layer = Convolution<Double>(
      name: "c", inputs: 2, outputs: 3, ConvolutionGeometry(kernel: 3, stride: 2, padding: 1),
      random: random)
    let x = images([6, 5, 4, 2])
    expectSamplesToEqualSeparateNetworks(layer.parameters, samples: 3) { slice, pass in
      let own = slice.map { x.rows(2 * $0..<2 * $0 + 2) } ?? x
      let y = layer.forward(pass.graph.constant(own), in: pass)
      return pass.graph.mean(pass.graph.multiply(y, y))
    }
  }

  @Test func `running statistics follow those of the batches`() {
    let layer = BatchNorm<Double>(name: "n", channels: 1)
    #expect(layer.parameters.map(\.name) == ["n.weight", "n.bias"])
    #expect(layer.parameters.map(\.role) == [.normScale, .normShift])
    #expect(layer.buffers.map(\.name) == ["n.running_mean", "n.running_var"])
    // Mean 4, unbiased variance 4.
    let x = Tensor<Double>([2, 4, 6], shape: [3, 1])
    func run(_ phase: Phase) -> Tensor<Double> {
      let graph = Graph<Double>()
      let pass = ForwardPass(graph: graph, phase: phase, source: FrozenParameters())
      return layer.forward(graph.constant(x), in: pass).tensor
    }
    expectClose(run(.evaluation), x, relative: 1e-5)
    #expect(layer.mean.value.item == 0 && layer.variance.value.item == 1)
    expectClose(run(.training), Tensor([-1.2247449, 0, 1.2247449], shape: [3, 1]), absolute: 1e-5)
    expectClose(layer.mean.value.item, 0.4, relative: 1e-14)
    expectClose(layer.variance.value.item, 1.3, relative: 1e-14)
    _ = run(.training)
    expectClose(layer.mean.value.item, 0.76, relative: 1e-14)
    expectClose(layer.variance.value.item, 1.57, relative: 1e-14)
    expectClose(run(.evaluation)[0, 0], (2 - 0.76) / 1.57001.squareRoot(), relative: 1e-12)
  }

  private func makeBlock(outputs: Int, stride: Int = 1) throws -> SequentialNetwork<Double> {
    SequentialNetwork(
      try NetworkDescription(
        input: [5, 6, 2],
        layers: LayerDescription.residualBlock(
          "b", inputs: 2, outputs: outputs, stride: stride)), random: random)
  }

  @Test func `buffers go into a checkpoint and come back`() throws {
    let block = try makeBlock(outputs: 3)
    for (number, buffer) in block.buffers.enumerated() {
      buffer.value = Tensor(repeating: Double(number), shape: buffer.value.shape)
    }
    let other = try makeBlock(outputs: 3)
    #expect(
      block.buffers.map(\.name) == [
        "b.first.norm.running_mean", "b.first.norm.running_var", "b.second.norm.running_mean",
        "b.second.norm.running_var", "b.shortcut.norm.running_mean", "b.shortcut.norm.running_var",
      ])
    try other.restoreBuffers(from: block.bufferState)
    #expect(other.buffers.map(\.value) == block.buffers.map(\.value))
    var state = block.bufferState
    state["b.first.norm.running_mean"] = Tensor(zeros: [3])
    state["b.shortcut.norm.running_var"] = Tensor(zeros: [4])
    #expect(
      throws: OptimizerStateError.shape(
        name: "b.shortcut.norm.running_var", expected: [3], found: [4])
    ) { try other.restoreBuffers(from: state) }
    // Nothing is half restored.
    #expect(other.buffers.map(\.value) == block.buffers.map(\.value))
    state["b.second.norm.running_mean"] = nil
    #expect(throws: OptimizerStateError.missing(name: "b.second.norm.running_mean")) {
      try other.restoreBuffers(from: state)
    }
  }

  @Test func `samples of a residual block are separate blocks`() throws {
    let block = try makeBlock(outputs: 4, stride: 2)
    for (number, buffer) in block.buffers.enumerated() where number % 2 == 1 {
      buffer.value = Tensor(repeating: 0.7, shape: buffer.value.shape)
    }
    let x = images([4, 5, 6, 2])
    expectSamplesToEqualSeparateNetworks(block.parameters, samples: 2) { slice, pass in
      let own = slice.map { x.rows(2 * $0..<2 * $0 + 2) } ?? x
      let y = block.forward(pass.graph.constant(own), in: pass)
      return pass.graph.mean(pass.graph.multiply(y, y))
    }
  }

  @Test func `a statistic of one pixel is refused`() async {
    await #expect(processExitsWith: .failure) {
      let layer = BatchNorm<Float>(name: "n", channels: 2)
      let graph = Graph<Float>()
      _ = layer.forward(
        graph.constant(Tensor(zeros: [1, 1, 1, 2])),
        in: ForwardPass(graph: graph, phase: .training, source: FrozenParameters()))
    }
  }
}
