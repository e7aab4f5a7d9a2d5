import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct EncoderDecoderTransformerTests {
  private func network(isTied: Bool = false) -> EncoderDecoderTransformer<Double> {
    EncoderDecoderTransformer(
      .init(
        inputTokens: 4, outputTokens: isTied ? 4 : 3, width: 8, heads: 2, hidden: 6,
        encoderLayers: 2, decoderLayers: 2, isTied: isTied),
      random: RandomSource(seed: 61))
  }

  private let pairs = SequencePairs(
    inputs: sequences(6, tokens: 4, longest: 4, "inputs"),
    outputs: sequences(6, tokens: 3, longest: 5, "outputs"))

  private var evaluation: ForwardPass<Double> {
    ForwardPass(graph: Graph(), source: FrozenParameters())
  }

  @Test func `parameters of the papers' network`() {
    let network = EncoderDecoderTransformer<Float>(
      .init(inputTokens: 13, outputTokens: 6), random: RandomSource(seed: 1))
    func count(_ prefix: String, _ roles: Set<ParameterRole>) -> Int {
      network.parameters.filter { $0.name.hasPrefix(prefix) && roles.contains($0.role) }
        .reduce(0) { $0 + $1.shape.count }
    }
    let all = Set(ParameterRole.allCases)
    #expect(count("encoder.", all) == 242_100 && count("encoder.", [.weight]) == 240_000)
    #expect(count("decoder.", all) == 362_700 && count("decoder.", [.weight]) == 360_000)
    #expect(count("output.", [.weight]) == 700 && count("output.", [.bias]) == 7)
    #expect(count("", [.embedding]) == 2_100)
    #expect(Set(network.parameters.map(\.name)).count == network.parameters.count)
    #expect(
      network.parameters.map(\.name).prefix(5) == [
        "input_embedding.weight", "output_embedding.weight",
        "encoder.layers.0.self_attn.query.weight", "encoder.layers.0.self_attn.key_value.weight",
        "encoder.layers.0.self_attn.merge.weight",
      ])
  }

  @Test func `a tied network has one table and no output layer`() {
    let names = network(isTied: true).parameters.map(\.name)
    #expect(names.filter { $0.contains("embedding") } == ["embedding.weight"])
    #expect(!names.contains { $0.hasPrefix("output") })
  }

  @Test func `one table for different vocabularies is refused`() async {
    await #expect(processExitsWith: .failure) {
      _ = EncoderDecoderTransformer<Float>(
        .init(inputTokens: 4, outputTokens: 3, isTied: true), random: RandomSource(seed: 1))
    }
  }

  @Test func `the loss is the sum over tokens and end marks, divided by the batch`() {
    let network = network()
    let (rows, layout) = network.logits(for: pairs, in: evaluation)
    let targets = layout.pack(pairs.outputs.map { $0 + [3] })
    let expected = Naive.crossEntropies(rows.tensor, targets).reduce(0, +) / 6
    expectClose(network.loss(of: pairs, in: evaluation).tensor.item, expected, relative: 1e-14)
  }

  @Test func `order and company of sequences change nothing`() {
    let network = network()
    let alone = pairs.inputs.indices.reduce(0.0) {
      let pair = SequencePairs(inputs: [pairs.inputs[$1]], outputs: [pairs.outputs[$1]])
      return $0 + network.loss(of: pair, in: evaluation).tensor.item
    }
    expectClose(network.loss(of: pairs, in: evaluation).tensor.item, alone / 6, relative: 1e-13)
  }

  @Test func `a token's logits depend on nothing after it`() {
    let network = network()
    func logits(_ output: [Int]) -> Tensor<Double> {
      network.logits(for: SequencePairs(inputs: [[0, 1]], outputs: [output]), in: evaluation)
        .rows.tensor
    }
    let (a, b) = (logits([0, 1, 2, 0]), logits([0, 1, 0, 0]))
    expectClose(a.rows(0..<3), b.rows(0..<3), absolute: 1e-15)
    #expect(a.rows(3..<4) != b.rows(3..<4))
  }

  /// Decoding with remembered keys and values against the whole network on every prefix.
  @Test(arguments: [false, true])
  func `decoding equals running the whole network on every prefix`(_ isTied: Bool) {
    let network = network(isTied: isTied)
    fit(network)  // An untrained network never ends, or ends at once.
    let answers = network.decode(pairs.inputs, steps: 7, in: evaluation)
    for (input, answer) in zip(pairs.inputs, answers) {
      var tokens: [Int] = []
      while tokens.count < 7 {
        let (rows, _) = network.logits(
          for: SequencePairs(inputs: [input], outputs: [tokens]), in: evaluation)
        let next = rows.tensor.argmaxRows()[tokens.count]
        if next == network.outputMark { break }
        tokens.append(next)
      }
      #expect(answer == tokens)
    }
    #expect(Set(answers.map(\.count)).count > 1, "answers of different lengths")
    #expect(network.decode([], steps: 3, in: evaluation).isEmpty)
  }

  private func fit(_ network: EncoderDecoderTransformer<Double>) {
    let source = TrainableParameters(network.parameters)
    let adam = Adam(network.parameters, learningRate: 0.01)
    let graph = Graph<Double>()
    for _ in 0..<30 {
      graph.reset()
      source.clearGradients()
      graph.backward(from: network.loss(of: pairs, in: ForwardPass(graph: graph, source: source)))
      adam.step(source)
    }
  }

  @Test func `decoding with weight samples equals separate networks`() {
    let network = network()
    let source = SampledSource(network.parameters, samples: 3)
    let together = network.decode(
      pairs.inputs, steps: 6, in: ForwardPass(graph: Graph(), source: source))
    for sample in 0..<3 {
      let alone = network.decode(
        Array(pairs.inputs[sample * 2..<(sample + 1) * 2]), steps: 6,
        in: ForwardPass(graph: Graph(), source: SampledSource(source, sample: sample)))
      #expect(alone == Array(together[sample * 2..<(sample + 1) * 2]))
    }
  }

  @Test(arguments: [false, true], [2, 3])
  func `weight samples equal separate networks`(_ isTied: Bool, _ samples: Int) {
    let network = network(isTied: isTied)
    // Every token is seen in every slice, so that every parameter has a gradient.
    expectSamplesToEqualSeparateNetworks(network.parameters, samples: samples) { slice, pass in
      let size = pairs.count / samples
      let part = slice.map { $0 * size..<($0 + 1) * size } ?? 0..<pairs.count
      return network.loss(
        of: SequencePairs(
          inputs: Array(pairs.inputs[part]), outputs: Array(pairs.outputs[part])),
        in: pass)
    }
  }

  @Test func `dropout acts in training only`() {
    let network = network()
    func loss(_ phase: Phase, step: Int = 0) -> Double {
      let pass = ForwardPass<Double>(
        graph: Graph(), phase: phase, source: FrozenParameters(), random: RandomSource(seed: 1),
        step: step)
      return network.loss(of: pairs, in: pass).tensor.item
    }
    #expect(loss(.training) == loss(.training))
    #expect(loss(.training) != loss(.training, step: 1))
    #expect(loss(.evaluation) == loss(.evaluation, step: 1))
  }

  @Test func `an empty batch has no loss`() {
    let nothing = SequencePairs(inputs: [], outputs: [])
    #expect(network().loss(of: nothing, in: evaluation).tensor.item == 0)
  }

  @Test func `a training step allocates nothing after warm-up`() async {
    // In a process of its own, since the pool's counter is shared by all tests.
    await #expect(processExitsWith: .success) {
      let network = EncoderDecoderTransformer<Float>(
        .init(inputTokens: 4, outputTokens: 3, width: 8, heads: 2, hidden: 6),
        random: RandomSource(seed: 63))
      let pairs = SequencePairs(
        inputs: [[0, 1, 2], [3], [2, 2, 1, 0]], outputs: [[0, 1], [], [2, 2, 1]])
      let source = TrainableParameters(network.parameters)
      let optimizer = Adam(network.parameters)
      let graph = Graph<Float>()
      var misses: [Int] = []
      for step in 0..<10 {
        graph.reset()
        source.clearGradients()
        let pass = ForwardPass(
          graph: graph, phase: .training, source: source, random: RandomSource(seed: 63),
          step: step)
        graph.backward(from: network.loss(of: pairs, in: pass))
        optimizer.step(source)
        misses.append(BufferPool.shared.misses)
      }
      precondition(misses[0] > 0, "the pool does not count")
      precondition(misses[9] == misses[2], "allocations after warm-up: \(misses)")
    }
  }

  @Test func `learns to copy`() {
    let network = EncoderDecoderTransformer<Float>(
      .init(
        inputTokens: 2, outputTokens: 2, width: 16, heads: 2, hidden: 32, encoderLayers: 1,
        decoderLayers: 1, dropout: 0),
      random: RandomSource(seed: 62))
    let all = [[0], [1], [0, 0], [0, 1], [1, 0], [1, 1]]
    let pairs = SequencePairs(inputs: all, outputs: all)
    let source = TrainableParameters(network.parameters)
    let adam = Adam(network.parameters, learningRate: 0.005)
    let graph = Graph<Float>()
    for step in 0..<100 {
      graph.reset()
      source.clearGradients()
      let pass = ForwardPass(graph: graph, phase: .training, source: source, step: step)
      graph.backward(from: network.loss(of: pairs, in: pass))
      adam.step(source)
    }
    let pass = ForwardPass<Float>(graph: Graph(), source: FrozenParameters())
    #expect(network.correctCount(of: pairs, in: pass) == 6)
  }
}
