import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct FeedForwardNetworkTests {
  private func network(_ sizes: [Int] = [3, 5, 4, 2]) -> SequentialNetwork<Float> {
    SequentialNetwork(.feedForward(sizes: sizes), random: RandomSource(seed: 1))
  }

  @Test func `names and order of the parameters`() {
    #expect(
      network().parameters.map(\.name) == [
        "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias",
        "layers.2.weight", "layers.2.bias",
      ])
    #expect(
      network().parameters.map(\.shape) == [[5, 3], [5], [4, 5], [4], [2, 4], [2]])
    let part = SequentialNetwork<Float>(
      .feedForward(sizes: [2, 2], name: "head"), random: RandomSource(seed: 1))
    #expect(part.parameters.map(\.name) == ["head.layers.0.weight", "head.layers.0.bias"])
  }

  @Test func `the outline is that of the network, and needs no memory`() {
    for name in ["", "head"] {
      let built = SequentialNetwork<Float>(
        .feedForward(sizes: [3, 5, 2], name: name), random: RandomSource(seed: 1))
      #expect(
        NetworkDescription.feedForward(sizes: [3, 5, 2], name: name).outline.parameters
          == built.parameters.map(\.outline))
    }
    let huge = NetworkDescription.feedForward(sizes: [42, 100_000, 100_000, 20])
      .outline.parameters
    #expect(huge[2].shape == [100_000, 100_000])
  }

  @Test func `parameter count of the paper's big network`() {
    let count = network([42, 2000, 2000, 2000, 2000, 20]).parameterCount
    #expect(count == 42 * 2000 + 3 * 2000 * 2000 + 2000 * 20 + 4 * 2000 + 20)
  }

  @Test(arguments: [[3, 2], [3, 5, 2], [3, 5, 4, 2]])
  func `forward equals loops`(_ sizes: [Int]) {
    let network = network(sizes)
    let x: Tensor<Float> = RandomSource(seed: 2).stream("x").uniform([7, 3], in: -2...2)
    let graph = Graph<Float>()
    let y = network.forward(
      graph.constant(x), in: ForwardPass(graph: graph, source: FrozenParameters()))
    let expected = Naive.feedForward(
      x.converted(to: Double.self),
      weights: network.linearLayers.map { $0.weight.value.converted(to: Double.self) },
      biases: network.linearLayers.compactMap { $0.bias?.value.converted(to: Double.self) })
    expectClose(y.tensor, expected, absolute: 1e-6)
  }

  @Test func `gradients agree with central differences`() throws {
    let network = SequentialNetwork<Double>(
      .feedForward(sizes: [3, 6, 4]), random: RandomSource(seed: 3))
    let x: Tensor<Double> = RandomSource(seed: 3).stream("x").uniform([5, 3], in: -2...2)
    let classes = [0, 3, 1, 2, 2]
    func loss(_ source: any ParameterSource<Double>, _ graph: Graph<Double>) -> Value<Double> {
      let pass = ForwardPass(graph: graph, phase: .training, source: source)
      return graph.crossEntropy(
        logits: network.forward(graph.constant(x), in: pass), classes: classes)
    }
    let source = TrainableParameters(network.parameters)
    let graph = Graph<Double>()
    graph.backward(from: loss(source, graph))
    for (parameter, gradient) in zip(source.parameters, source.gradients) {
      let numeric = (0..<parameter.shape.count).map { entry in
        let value = parameter.value[flat: entry]
        defer { parameter.value[flat: entry] = value }
        parameter.value[flat: entry] = value + 1e-6
        let above = loss(FrozenParameters(), Graph()).tensor.item
        parameter.value[flat: entry] = value - 1e-6
        return (above - loss(FrozenParameters(), Graph()).tensor.item) / 2e-6
      }
      expectClose(gradient.tensor, numeric, relative: 1e-5, absolute: 1e-9)
      #expect(gradient.sumOfSquares > 1e-6)
    }
  }

  @Test func `learns exclusive or`() throws {
    let network = SequentialNetwork<Float>(
      .feedForward(sizes: [2, 16, 2]), random: RandomSource(seed: 4))
    let source = TrainableParameters(network.parameters)
    let adam = Adam(network.parameters, learningRate: 0.03)
    let x = Tensor<Float>([0, 0, 0, 1, 1, 0, 1, 1], shape: [4, 2])
    let graph = Graph<Float>()
    var last = Float.infinity
    for step in 0..<200 {
      graph.reset()
      source.clearGradients()
      let pass = ForwardPass(graph: graph, phase: .training, source: source, step: step)
      let logits = network.forward(graph.constant(x), in: pass)
      let loss = graph.crossEntropy(logits: logits, classes: [0, 1, 1, 0])
      last = loss.tensor.item
      graph.backward(from: loss)
      adam.step(source)
    }
    #expect(last < 0.01)
  }

  @Test func `a training step allocates nothing and copies no parameter after warm-up`() async {
    // In a process of its own, since the pool's counter is shared by all tests.
    await #expect(processExitsWith: .success) {
      for momentum in [nil, 0.9] {
        let network = SequentialNetwork<Float>(
          .feedForward(sizes: [20, 64, 48, 10]), random: RandomSource(seed: 5))
        let source = TrainableParameters(network.parameters)
        let optimizer: any Optimizer<Float> =
          momentum.map {
            GradientDescent(network.parameters, learningRate: 0.1, momentum: $0)
          } ?? Adam(network.parameters)
        let clipping = GlobalNormClipping(maximumNorm: 0.01)
        let stream = RandomSource(seed: 5).stream("x")
        let graph = Graph<Float>()
        var misses: [Int] = []
        var addresses: [[UnsafeRawPointer?]] = []
        for step in 0..<20 {
          graph.reset()
          source.clearGradients()
          let x: Tensor<Float> = stream.uniform([32, 20], step: step)
          let pass = ForwardPass(graph: graph, phase: .training, source: source, step: step)
          let loss = graph.crossEntropy(
            logits: network.forward(graph.constant(x), in: pass),
            classes: stream.integers(32, below: 10, step: step))
          graph.backward(from: loss)
          precondition(clipping.apply(to: source.gradients).coefficient < 1)
          optimizer.step(source)
          misses.append(BufferPool.shared.misses)
          addresses.append(
            network.parameters.map { $0.value.withUnsafeBytes(\.baseAddress) })
        }
        precondition(misses[0] > 0, "the pool does not count")
        precondition(misses[19] == misses[2], "allocations after warm-up: \(misses)")
        precondition(addresses[19] == addresses[0], "parameters were copied")
      }
    }
  }

  @Test func `a network needs inputs and outputs`() async {
    await #expect(processExitsWith: .failure) {
      _ = SequentialNetwork<Float>(.feedForward(sizes: [3]), random: RandomSource(seed: 1))
    }
  }
}
