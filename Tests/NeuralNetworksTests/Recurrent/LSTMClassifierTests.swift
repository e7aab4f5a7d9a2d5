import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct LSTMClassifierTests {
  private func input<S: TensorScalar>(_ shape: Shape, _ step: Int = 0) -> Tensor<S> {
    RandomSource(seed: 31).stream("x").uniform(shape, in: -1...1, step: step)
  }

  @Test func `parameter count of the papers' network`() {
    let random = RandomSource(seed: 1)
    let one = LSTMClassifier<Float>(inputs: 42, units: 256, layers: 2, outputs: 20, random: random)
    #expect(one.parameterCount == 829_440 + 2_048 + 5_120 + 20)
    #expect(
      one.parameters.map(\.name).suffix(3) == [
        "lstm.bias_ih_l1", "output.weight", "output.bias",
      ])
  }

  @Test func `an input is seen for several steps and read at the last`() {
    let network = LSTMClassifier<Double>(
      inputs: 3, units: 4, layers: 2, outputs: 2, random: RandomSource(seed: 2))
    let graph = Graph<Double>()
    let pass = ForwardPass(graph: graph, source: FrozenParameters())
    let x = graph.constant(input([5, 3]))
    let logits = network.forward([x], repeats: 3, in: pass)
    let layout = SequenceLayout(batch: 5, length: 3, packing: .byStep)
    let hidden = network.lstm.forward(
      graph.concatenate([x, x, x], axis: 0), layout: layout, in: pass
    ).hidden
    let expected = network.output.forward(graph.slice(hidden, axis: 0, 10..<15), in: pass)
    #expect(logits.count == 1)
    expectClose(logits[0].tensor, expected.tensor, absolute: 1e-14)
  }

  @Test func `inputs follow each other and are read where asked`() {
    let network = LSTMClassifier<Double>(
      inputs: 3, units: 4, layers: 1, outputs: 2, random: RandomSource(seed: 3))
    let graph = Graph<Double>()
    let pass = ForwardPass(graph: graph, source: FrozenParameters())
    let (a, b) = (graph.constant(input([2, 3], 1)), graph.constant(input([2, 3], 2)))
    let read = network.forward([a, b], repeats: 2, readingAt: [1, 3], in: pass)
    let layout = SequenceLayout(batch: 2, length: 4, packing: .byStep)
    let hidden = network.lstm.forward(
      graph.concatenate([a, a, b, b], axis: 0), layout: layout, in: pass
    ).hidden
    for (reading, step) in [1, 3].enumerated() {
      let rows = graph.slice(hidden, axis: 0, 2 * step..<2 * step + 2)
      expectClose(
        read[reading].tensor, network.output.forward(rows, in: pass).tensor, absolute: 1e-14)
    }
    // The first answer cannot depend on the second input.
    let other = network.forward([a, a], repeats: 2, readingAt: [1, 3], in: pass)
    #expect(other[0].tensor == read[0].tensor && other[1].tensor != read[1].tensor)
  }

  @Test(arguments: TwoPartLSTM<Double>.Presentation.allCases)
  func `weight samples equal separate networks`(
    _ presentation: TwoPartLSTM<Double>.Presentation
  ) {
    let network = TwoPartLSTM<Double>(
      presentation, inputs: 2, units: 3, layers: 2, outputs: 2, repeats: 2,
      random: RandomSource(seed: 4))
    let x: Tensor<Double> = input([4, 4], 3)
    expectSamplesToEqualSeparateNetworks(network.parameters, samples: 2) { slice, pass in
      let part = slice.map { x.rows($0 * 2..<($0 + 1) * 2) } ?? x
      let outputs = network.forward(pass.graph.constant(part), in: pass)
      let classes = (0..<part.shape[0]).map { ($0 + (slice ?? 0) * 2) % 2 }
      let losses = outputs.map { pass.graph.crossEntropy(logits: $0, classes: classes) }
      return pass.graph.add(losses[0], losses[1])
    }
  }

  /// What the two answers of each way may depend on: the first one sees the second part only if
  /// both parts are shown all the time or all is read at the end.
  @Test(arguments: TwoPartLSTM<Float>.Presentation.allCases)
  func `presentations show and read what they say`(
    _ presentation: TwoPartLSTM<Float>.Presentation
  ) {
    let network = TwoPartLSTM<Float>(
      presentation, inputs: 3, units: 8, layers: 1, outputs: 2, random: RandomSource(seed: 5))
    func run(_ x: Tensor<Float>) -> [Tensor<Float>] {
      let graph = Graph<Float>()
      return network.forward(
        graph.constant(x), in: ForwardPass(graph: graph, source: FrozenParameters())
      ).map(\.tensor)
    }
    let x: Tensor<Float> = input([2, 6], 4)
    var (firstChanged, secondChanged) = (x, x)
    for c in 0..<3 {
      firstChanged[0, c] += 1
      secondChanged[0, 3 + c] += 1
    }
    let (before, first, second) = (run(x), run(firstChanged), run(secondChanged))
    #expect(before.map(\.shape) == [[2, 2], [2, 2]])
    #expect(first[0] != before[0] && first[1] != before[1])
    #expect(second[1] != before[1])
    let readsBeforeSecond = presentation == .onlyOneIO || presentation == .sameIO
    #expect((second[0] == before[0]) == readsBeforeSecond)
    let rows = before.map { $0.rows(1..<2) }
    #expect(second.map { $0.rows(1..<2) } == rows)
    let shapes = network.classifier.parameters.map(\.shape)
    let sharesInput = presentation == .sameInput || presentation == .sameIO
    let sharesOutput = presentation == .sameOutput || presentation == .sameIO
    #expect(shapes[0] == [32, sharesInput ? 3 : 6])
    #expect(shapes[3] == [sharesOutput ? 2 : 4, 8])
  }

  @Test func `learns to add two bits in turn`() {
    let network = LSTMClassifier<Float>(
      inputs: 4, units: 16, layers: 1, outputs: 3, random: RandomSource(seed: 6))
    let source = TrainableParameters(network.parameters)
    let adam = Adam(network.parameters, learningRate: 0.03)
    let x = Tensor<Float>([1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1], shape: [4, 4])
    let graph = Graph<Float>()
    var last = Float.infinity
    for step in 0..<100 {
      graph.reset()
      source.clearGradients()
      let pass = ForwardPass(graph: graph, phase: .training, source: source, step: step)
      let logits = network.forward([graph.constant(x)], repeats: 3, in: pass)
      let loss = graph.crossEntropy(logits: logits[0], classes: [0, 1, 1, 2])
      last = loss.tensor.item
      graph.backward(from: loss)
      adam.step(source)
    }
    #expect(last < 0.05)
  }
}
