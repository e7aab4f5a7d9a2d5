import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct EncoderDecoderLSTMTests {
  private func network<S>(
    _ type: S.Type = S.self, dropout: Double = 0.5
  ) -> EncoderDecoderLSTM<S> {
    EncoderDecoderLSTM(
      .init(
        inputTokens: 5, outputTokens: 3, embedding: 4, units: 6, layers: 2, dropout: dropout),
      random: RandomSource(seed: 41))
  }

  private let pairs = SequencePairs(
    inputs: sequences(6, tokens: 5, longest: 4, "inputs"),
    outputs: sequences(6, tokens: 3, longest: 5, "outputs"))

  @Test func `parameters of the papers' network`() {
    let network = EncoderDecoderLSTM<Float>(
      .init(inputTokens: 13, outputTokens: 6), random: RandomSource(seed: 1))
    let counts = Dictionary(grouping: network.parameters, by: \.role).mapValues {
      $0.reduce(0) { $0 + $1.shape.count }
    }
    #expect(counts[.weight] == 987_000)
    #expect(counts[.bias] == 2 * 1_600 + 7)
    #expect(counts[.embedding] == 14 * 16 + 7 * 16)
    #expect(network.parameters.first?.name == "encoder.embedding.weight")
    #expect(network.parameters.last?.name == "decoder.output.bias")
    #expect(Set(network.parameters.map(\.name)).count == network.parameters.count)
  }

  @Test func `the loss is the sum over tokens and end marks, divided by the batch`() {
    let network = network(Double.self)
    let pass = ForwardPass<Double>(graph: Graph(), source: FrozenParameters())
    let (rows, layout) = network.logits(for: pairs, in: pass)
    #expect(layout.lengths == pairs.outputs.map { $0.count + 1 })
    let targets = layout.pack(pairs.outputs.map { $0 + [3] })
    let expected = Naive.crossEntropies(rows.tensor, targets).reduce(0, +) / 6
    expectClose(network.loss(of: pairs, in: pass).tensor.item, expected, relative: 1e-14)
  }

  @Test func `an empty batch has no loss`() {
    let nothing = SequencePairs(inputs: [], outputs: [])
    for feeding in [DecoderFeeding.reference, .own] {
      let pass = ForwardPass<Double>(graph: Graph(), source: FrozenParameters())
      #expect(network().loss(of: nothing, feeding: feeding, in: pass).tensor.item == 0)
    }
  }

  @Test func `order and company of sequences change nothing`() {
    let network = network(Double.self)
    func losses(_ pairs: SequencePairs) -> Double {
      network.loss(of: pairs, in: ForwardPass<Double>(graph: Graph(), source: FrozenParameters()))
        .tensor.item
    }
    let alone = pairs.inputs.indices.reduce(0.0) {
      $0 + losses(SequencePairs(inputs: [pairs.inputs[$1]], outputs: [pairs.outputs[$1]]))
    }
    expectClose(losses(pairs), alone / 6, relative: 1e-14)
  }

  /// Greedy decoding by running the whole network on every prefix.
  private func naiveDecode(
    _ input: [Int], steps: Int, keepsGoing: Bool = false, of network: EncoderDecoderLSTM<Double>
  ) -> [Int] {
    var tokens: [Int] = []
    for _ in 0..<steps {
      let (rows, layout) = network.logits(
        for: SequencePairs(inputs: [input], outputs: [tokens]),
        in: ForwardPass<Double>(graph: Graph(), source: FrozenParameters()))
      let next = rows.tensor.argmaxRows()[layout.row(of: 0, step: tokens.count)]
      if next == 3 && !keepsGoing { break }
      tokens.append(next)
    }
    return tokens
  }

  @Test func `decoding equals running the whole network on every prefix`() {
    let network = network(Double.self)
    let pass = ForwardPass<Double>(graph: Graph(), source: FrozenParameters())
    let answers = network.decode(pairs.inputs, steps: 7, in: pass)
    for (input, answer) in zip(pairs.inputs, answers) {
      #expect(answer == naiveDecode(input, steps: 7, of: network))
    }
    #expect(pass.graph.count == 0)
    #expect(network.decode([], steps: 3, in: pass).isEmpty)
    #expect(network.decode(pairs.inputs, steps: 0, in: pass) == pairs.inputs.map { _ in [] })
  }

  /// Long answers go through several rounds, after which ended sequences are left out.
  @Test func `long answers equal those of single sequences and of weight samples`() {
    let network = lively()
    func decode(_ inputs: [[Int]], _ source: any ParameterSource<Double>) -> [[Int]] {
      network.decode(
        inputs, steps: 20, in: ForwardPass(graph: Graph(), source: source))
    }
    let together = decode(pairs.inputs, FrozenParameters())
    for (input, answer) in zip(pairs.inputs, together) {
      #expect(decode([input], FrozenParameters()) == [answer])
      #expect(answer == naiveDecode(input, steps: 20, of: network))
    }
    #expect(Set(together.map(\.count)).count > 1, "answers of different lengths")
    let source = SampledSource(network.parameters, samples: 2)
    let sampled = decode(pairs.inputs, source)
    for sample in 0..<2 {
      let part = sample * 3..<(sample + 1) * 3
      #expect(
        decode(Array(pairs.inputs[part]), SampledSource(source, sample: sample))
          == Array(sampled[part]))
    }
  }

  @Test func `dropout of the decoder's inputs while decoding is a choice`() {
    let network = lively()
    func decode(_ drops: Bool, _ step: Int) -> [[Int]] {
      let pass = ForwardPass<Double>(
        graph: Graph(), source: FrozenParameters(), random: RandomSource(seed: 46), step: step)
      return network.decode(pairs.inputs, steps: 10, droppingInputs: drops, in: pass)
    }
    #expect(decode(false, 0) == decode(false, 1))
    #expect(decode(true, 0) == decode(true, 0))
    #expect((0..<5).contains { decode(true, $0) != decode(false, 0) })
  }

  /// Large weights, since with small ones all sequences end alike.
  private func lively() -> EncoderDecoderLSTM<Double> {
    let network = network(Double.self)
    for parameter in network.parameters where parameter.role != .bias {
      parameter.value.scale(by: 4)
    }
    return network
  }

  @Test func `own tokens are those of greedy decoding for the right length`() {
    let network = network(Double.self)
    let pass = ForwardPass<Double>(graph: Graph(), source: FrozenParameters())
    let fed = zip(pairs.inputs, pairs.outputs).map { input, output in
      naiveDecode(input, steps: output.count, keepsGoing: true, of: network)
    }
    let own = network.logits(for: pairs, feeding: .own, in: pass)
    let given = network.logits(
      for: SequencePairs(inputs: pairs.inputs, outputs: fed), in: pass)
    #expect(own.layout == given.layout)
    expectClose(own.rows.tensor, given.rows.tensor, absolute: 1e-14)
    #expect(fed != pairs.outputs)
  }

  /// With dropout, and with weight samples: the tokens fed are those that the recorded pass itself
  /// finds most probable, so that decoding and recording see the same network.
  @Test(arguments: [1, 2, 3])
  func `own tokens are those of the recorded pass`(_ samples: Int) {
    let network = network(Double.self)
    let source = SampledSource(network.parameters, samples: samples)
    let pass = ForwardPass(
      graph: Graph(), phase: .training, source: source, random: RandomSource(seed: 42), step: 3)
    let own = network.logits(for: pairs, feeding: .own, in: pass)
    let chosen = own.layout.unpack(own.rows.tensor.argmaxRows()).map { Array($0.dropLast()) }
    let given = network.logits(
      for: SequencePairs(inputs: pairs.inputs, outputs: chosen), in: pass)
    expectClose(own.rows.tensor, given.rows.tensor, absolute: 1e-14)
    let reference = network.logits(for: pairs, in: pass)
    #expect(own.rows.tensor != reference.rows.tensor)
  }

  @Test(arguments: [DecoderFeeding.reference, .own], [2, 3])
  func `weight samples equal separate networks`(_ feeding: DecoderFeeding, _ samples: Int) {
    let network = network(Double.self)
    expectSamplesToEqualSeparateNetworks(network.parameters, samples: samples) { slice, pass in
      let size = pairs.count / samples
      let part = slice.map { $0 * size..<($0 + 1) * size } ?? 0..<pairs.count
      return network.loss(
        of: SequencePairs(
          inputs: Array(pairs.inputs[part]), outputs: Array(pairs.outputs[part])),
        feeding: feeding, in: pass)
    }
  }

  @Test func `feeding is drawn with its probability and is the same every time`() {
    let random = RandomSource(seed: 43)
    let drawn = (0..<1000).map { DecoderFeeding.drawn(step: $0, random: random) }
    let share = Double(drawn.filter { $0 == .reference }.count) / 1000
    #expect(abs(share - 0.5) < 0.05)
    #expect(drawn == (0..<1000).map { DecoderFeeding.drawn(step: $0, random: random) })
    #expect(
      (0..<50).allSatisfy {
        DecoderFeeding.drawn(step: $0, referenceProbability: 1, random: random) == .reference
      })
  }

  @Test func `learns to copy`() {
    let network = EncoderDecoderLSTM<Float>(
      .init(inputTokens: 2, outputTokens: 2, embedding: 4, units: 16, layers: 1, dropout: 0),
      random: RandomSource(seed: 44))
    let all = [[0], [1], [0, 0], [0, 1], [1, 0], [1, 1]]
    let pairs = SequencePairs(inputs: all, outputs: all)
    let source = TrainableParameters(network.parameters)
    let adam = Adam(network.parameters, learningRate: 0.02)
    let graph = Graph<Float>()
    for step in 0..<150 {
      graph.reset()
      source.clearGradients()
      let pass = ForwardPass(graph: graph, phase: .training, source: source, step: step)
      let loss = network.loss(
        of: pairs, feeding: .drawn(step: step, random: RandomSource(seed: 45)), in: pass)
      graph.backward(from: loss)
      adam.step(source)
    }
    let pass = ForwardPass<Float>(graph: Graph(), source: FrozenParameters())
    #expect(network.correctCount(of: pairs, in: pass) == 6)
  }
}
