import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct ImageNetworksTests {
  private let random = RandomSource(seed: 32)

  private func count(_ outline: [ParameterOutline], _ roles: Set<ParameterRole>) -> Int {
    outline.reduce(0) { $0 + (roles.contains($1.role) ? $1.shape.count : 0) }
  }

  @Test func `the convolutional network has the paper's sizes`() {
    let network = SequentialNetwork<Float>(.convolutional(), random: random)
    let outline = NetworkDescription.convolutional().outline.parameters
    #expect(network.outline == outline)
    #expect(count(outline, [.weight]) == 390_496 && count(outline, [.bias]) == 490)
    #expect(
      outline.filter { $0.role == .weight }.map(\.shape.count)
        == [864, 18_432, 73_728, 294_912, 2_560])
    #expect(outline.map(\.name).prefix(2) == ["convolutions.0.weight", "convolutions.0.bias"])
    #expect(outline.last?.name == "classifier.bias")
  }

  @Test func `the residual network has the paper's sizes`() {
    let outline = NetworkDescription.residual().outline.parameters
    #expect(count(outline, [.weight]) == 1_722_416)
    #expect(count(outline, [.normScale, .normShift]) == 8_288 && count(outline, [.bias]) == 10)
    let small = NetworkDescription.residual(depth: 14, widths: [2, 3, 5], classes: 4)
    let network = SequentialNetwork<Float>(small, random: random)
    #expect(network.outline == small.outline.parameters)
    #expect(small.outline.layers.count { $0.kind == "residual" } == 6)
    #expect(network.buffers.count == 2 * (1 + 12 + 2))
    #expect(Set(network.parameters.map(\.name)).count == network.parameters.count)
    #expect(Set(network.buffers.map(\.name)).count == network.buffers.count)
  }

  @Test func `kernels of the residual network are normal`() throws {
    let block = SequentialNetwork<Float>(
      try NetworkDescription(
        input: [4, 4, 64],
        layers: LayerDescription.residualBlock("b", inputs: 64, outputs: 128)), random: random)
    for (name, count, variance) in [
      ("b.first.convolution.weight", 73_728, 2.0 / 1152),
      ("b.shortcut.convolution.weight", 8192, 2.0 / 128),
    ] {
      let weight = try #require(block.parameter(named: name)).value
      #expect(weight.count == count)
      expectClose(weight.sumOfSquares() / Double(count), variance, relative: 0.05)
    }
  }

  private func loss(
    _ network: some Module<Double>, _ x: Tensor<Double>, _ slice: Int?, _ samples: Int,
    _ pass: ForwardPass<Double>
  ) -> Value<Double> {
    let classes = (0..<x.shape[0]).map { $0 % 3 }
    let each = x.shape[0] / samples
    let range = slice.map { $0 * each..<($0 + 1) * each } ?? 0..<x.shape[0]
    let logits = network.forward(pass.graph.constant(x.rows(range)), in: pass)
    return pass.graph.crossEntropy(logits: logits, classes: Array(classes[range]))
  }

  @Test(arguments: [2, 4])
  func `samples of a convolutional network are separate networks`(samples: Int) {
    let network = SequentialNetwork<Double>(
      .convolutional(side: 8, inputs: 2, channels: [3, 4, 5], classes: 3), random: random)
    let x: Tensor<Double> = random.stream("x").uniform([8, 8, 8, 2], in: -1...1)
    expectSamplesToEqualSeparateNetworks(network.parameters, samples: samples) { slice, pass in
      loss(network, x, slice, samples, pass)
    }
  }

  @Test func `samples of a residual network are separate networks`() {
    let network = SequentialNetwork<Double>(
      .residual(depth: 8, side: 8, inputs: 2, widths: [3, 4, 4], classes: 3), random: random)
    let x: Tensor<Double> = random.stream("x").uniform([4, 8, 8, 2], in: -1...1)
    expectSamplesToEqualSeparateNetworks(network.parameters, samples: 2) { slice, pass in
      loss(network, x, slice, 2, pass)
    }
  }

  /// The order of the paper: dropout, ReLU, pooling after the last but one convolution.
  @Test func `the convolutional network is the composition of its layers`() throws {
    let network = SequentialNetwork<Double>(
      .convolutional(side: 8, inputs: 1, channels: [2, 3, 4], classes: 2), random: random)
    let x: Tensor<Double> = random.stream("x").uniform([3, 8, 8, 1], in: -1...1)
    let graph = Graph<Double>()
    let pass = ForwardPass(
      graph: graph, phase: .training, source: FrozenParameters(), random: random, step: 5)
    var y = graph.constant(x)
    func convolution(_ number: Int, _ x: Value<Double>) throws -> Value<Double> {
      let (weight, bias) = try (
        #require(network.parameter(named: "convolutions.\(number).weight")),
        #require(network.parameter(named: "convolutions.\(number).bias"))
      )
      return graph.convolution(
        x, weight: graph.constant(weight.value), bias: graph.constant(bias.value), padding: 1)
    }
    y = graph.maxPooling(graph.relu(try convolution(0, y)))
    y = try convolution(1, y)
    y = graph.relu(Dropout(name: "inner", rate: 0.25).forward(y, in: pass))
    y = graph.relu(try convolution(2, graph.maxPooling(y)))
    y = graph.globalAveragePooling(Dropout(name: "outer", rate: 0.5).forward(y, in: pass))
    let classifier = try #require(network.parameter(named: "classifier.weight"))
    let expected = Linear(
      weight: classifier, bias: network.parameter(named: "classifier.bias")
    ).forward(y, in: pass).tensor
    expectClose(network.forward(graph.constant(x), in: pass).tensor, expected, absolute: 1e-13)
    let evaluation = ForwardPass(graph: graph, source: FrozenParameters<Double>())
    let plain = network.forward(graph.constant(x), in: evaluation).tensor
    #expect(relativeError(plain, expected) > 1e-3)
  }

  @Test func `networks learn`() {
    let x: Tensor<Float> = random.stream("x").normal([8, 8, 8, 3])
    let classes = (0..<8).map { $0 % 4 }
    func losses(_ network: some Module<Float>) -> [Float] {
      let trained = TrainableParameters(network.parameters)
      let optimizer = Adam(network.parameters, learningRate: 1e-2)
      return (0..<30).map { step in
        let graph = Graph<Float>()
        trained.clearGradients()
        let pass = ForwardPass(graph: graph, phase: .training, source: trained, step: step)
        let loss = graph.crossEntropy(
          logits: network.forward(graph.constant(x), in: pass), classes: classes)
        graph.backward(from: loss)
        optimizer.step(trained)
        return loss.tensor.item
      }
    }
    let convolutional = losses(
      SequentialNetwork(
        .convolutional(side: 8, channels: [8, 16], classes: 4, innerDropout: 0, outerDropout: 0),
        random: random))
    let residual = losses(
      SequentialNetwork(
        .residual(depth: 8, side: 8, widths: [4, 6, 8], classes: 4), random: random))
    for losses in [convolutional, residual] { #expect(losses[29] < 0.3 * losses[0], "\(losses)") }
  }

  /// Parameters, activations, patches and gradients are all recycled. In a process of its own, since
  /// the pool is shared with all tests that run at the same time.
  @Test func `steps after the warm-up need no new memory`() async {
    await #expect(processExitsWith: .success) {
      let random = RandomSource(seed: 32)
      let network = SequentialNetwork<Float>(
        .residual(depth: 8, side: 8, widths: [4, 6, 8], classes: 4), random: random)
      let x: Tensor<Float> = random.stream("x").normal([8, 8, 8, 3])
      let trained = TrainableParameters(network.parameters)
      let optimizer = Adam(network.parameters, learningRate: 1e-2)
      let graph = Graph<Float>()
      func step(_ step: Int) {
        graph.reset()
        trained.clearGradients()
        let pass = ForwardPass(graph: graph, phase: .training, source: trained, step: step)
        let logits = network.forward(graph.constant(x), in: pass)
        graph.backward(from: graph.crossEntropy(logits: logits, classes: (0..<8).map { $0 % 4 }))
        optimizer.step(trained)
      }
      for number in 0..<3 { step(number) }
      let before = BufferPool.shared.misses
      for number in 3..<6 { step(number) }
      #expect(BufferPool.shared.misses == before)
    }
  }

  @Test func `depths that are not 6 n + 2 are refused`() async {
    await #expect(processExitsWith: .failure) {
      _ = NetworkDescription.residual(depth: 18)
    }
    await #expect(processExitsWith: .failure) {
      _ = SequentialNetwork<Float>(
        .convolutional(channels: [4]), random: RandomSource(seed: 0))
    }
  }
}
