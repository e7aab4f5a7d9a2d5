import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct SitesTests {
  private let random = RandomSource(seed: 21)

  private func pass(_ graph: Graph<Double>, _ sites: Sites<Double>?) -> ForwardPass<Double> {
    ForwardPass(graph: graph, source: FrozenParameters(), sites: sites)
  }

  private func numeric(
    at x: Tensor<Double>, _ f: (Tensor<Double>) -> Double
  ) -> [Double] {
    (0..<x.count).map { entry in
      var (above, below) = (x, x)
      above[flat: entry] += 1e-6
      below[flat: entry] -= 1e-6
      return (f(above) - f(below)) / 2e-6
    }
  }

  // MARK: Feed-forward networks

  private var network: SequentialNetwork<Double> {
    SequentialNetwork(.feedForward(sizes: [3, 12, 10, 2]), random: random)
  }
  private var x: Tensor<Double> { random.stream("x").uniform([4, 3], in: -4...4) }

  @Test func `what is read is what a naive pass computes`() throws {
    let graph = Graph<Double>()
    let sites = Sites<Double>()
    for name in network.description.outline.sites { sites.read(name) }
    #expect(
      network.description.outline.sites == [
        "layers.0", "layers.0.relu", "layers.1", "layers.1.relu", "layers.2",
      ])
    let y = network.forward(graph.constant(x), in: pass(graph, sites)).tensor
    for last in 0..<3 {
      let layers = network.linearLayers.prefix(last + 1)
      let expected = Naive.feedForward(
        x, weights: layers.map(\.weight.value), biases: layers.compactMap { $0.bias?.value })
      expectClose(
        try #require(sites.value(at: "layers.\(last)")), expected, absolute: 1e-14)
    }
    #expect(sites.value(at: "layers.2") == y)
    #expect(sites.unvisited.isEmpty)
    #expect(network.forward(graph.constant(x), in: pass(graph, nil)).tensor == y)
  }

  @Test func `a zeroed unit is a unit without outgoing weights`() throws {
    let graph = Graph<Double>()
    let sites = Sites<Double>()
    sites.zero("layers.1.relu", units: [0, 3, 4, 5])
    let y = network.forward(graph.constant(x), in: pass(graph, sites)).tensor
    let other = network
    let weight = try #require(other.parameter(named: "layers.2.weight"))
    for row in 0..<2 { for unit in [0, 3, 4, 5] { weight.value[row, unit] = 0 } }
    expectClose(y, other.forward(graph.constant(x), in: pass(graph, nil)).tensor, absolute: 1e-15)
    let whole = network.forward(graph.constant(x), in: pass(graph, nil)).tensor
    #expect(relativeError(y, whole) > 1e-3)
  }

  @Test func `the gradient at a site agrees with central differences`() throws {
    func loss(_ h: Tensor<Double>?) -> (Double, Tensor<Double>?, Tensor<Double>?) {
      let graph = Graph<Double>()
      let sites = Sites<Double>()
      if let h { sites.replace("layers.0.relu") { _, graph in graph.constant(h) } }
      sites.differentiate("layers.0.relu")
      let y = network.forward(graph.constant(x), in: pass(graph, sites))
      let loss = graph.crossEntropy(logits: y, classes: [0, 1, 1, 0])
      graph.backward(from: loss)
      return (
        loss.tensor.item, sites.value(at: "layers.0.relu"),
        sites.gradient(at: "layers.0.relu", on: graph)
      )
    }
    let (_, value, gradient) = loss(nil)
    let expected = numeric(at: try #require(value)) { loss($0).0 }
    expectClose(try #require(gradient), expected, relative: 1e-5, absolute: 1e-9)
    #expect(try #require(gradient).sumOfSquares() > 1e-4)
  }

  @Test func `names that no pass comes by are told`() {
    let graph = Graph<Double>()
    let sites = Sites<Double>()
    sites.read("layers.9")
    sites.zero("layer.1")
    _ = network.forward(graph.constant(x), in: pass(graph, sites))
    #expect(sites.unvisited == ["layer.1", "layers.9"])
  }

  // MARK: Recurrent networks

  private var lstm: LSTM<Double> {
    LSTM(name: "lstm", inputs: 3, units: 4, layers: 2, random: random)
  }

  private func hidden(
    _ lstm: LSTM<Double>, _ layout: SequenceLayout, _ sites: Sites<Double>?, _ graph: Graph<Double>,
    initial: [LSTMState<Double>]? = nil
  ) -> (hidden: Value<Double>, final: [LSTMState<Double>]) {
    let x: Tensor<Double> = random.stream("steps").uniform([layout.rows, 3], in: -1...1)
    return lstm.forward(
      graph.constant(x), layout: layout, initial: initial, in: pass(graph, sites))
  }

  @Test(arguments: [([3, 3], 1), ([2, 4, 1], 1), ([2, 3, 3, 1], 2)], [false, true])
  func `step by step, a recurrence is what it is at once`(
    batch: (lengths: [Int], samples: Int), hasState: Bool
  ) {
    let layout = SequenceLayout(lengths: batch.lengths, samples: batch.samples, packing: .byStep)
    let graph = Graph<Double>()
    let shape: Shape = [batch.lengths.count, 4]
    let state = (0..<2).map { layer in
      LSTMState(
        hidden: graph.constant(random.stream("h\(layer)").uniform(shape, in: -1...1)),
        cell: graph.constant(random.stream("c\(layer)").uniform(shape, in: -1...1)))
    }
    let sites = Sites<Double>()
    for name in ["lstm.h_l0", "lstm.h_l1"] { sites.replace(name) { value, _ in value } }
    let initial = hasState ? state : nil
    let stepwise = hidden(lstm, layout, sites, graph, initial: initial)
    let whole = hidden(lstm, layout, nil, graph, initial: initial)
    expectClose(stepwise.hidden.tensor, whole.hidden.tensor, absolute: 1e-14)
    for (a, b) in zip(stepwise.final, whole.final) {
      expectClose(a.hidden.tensor, b.hidden.tensor, absolute: 1e-14)
      expectClose(a.cell.tensor, b.cell.tensor, absolute: 1e-14)
    }
    #expect(sites.unvisited.isEmpty)
  }

  @Test func `a state is read as the layer gives it`() throws {
    let layout = SequenceLayout(lengths: [2, 4, 1], packing: .byStep)
    let graph = Graph<Double>()
    let sites = Sites<Double>()
    sites.read("lstm.h_l1")
    let y = hidden(lstm, layout, sites, graph).hidden.tensor
    #expect(sites.value(at: "lstm.h_l1") == y)
    let inside = Sites<Double>()
    inside.differentiate("lstm.h_l1")
    _ = hidden(lstm, layout, inside, graph)
    expectClose(try #require(inside.value(at: "lstm.h_l1")), y, absolute: 1e-14)
  }

  @Test func `a zeroed state unit has no outgoing weights, recurrent ones neither`() {
    let layout = SequenceLayout(lengths: [3, 5], packing: .byStep)
    let graph = Graph<Double>()
    let sites = Sites<Double>()
    sites.zero("lstm.h_l0", units: [1])
    let y = hidden(lstm, layout, sites, graph).hidden.tensor
    let other = lstm
    for row in 0..<16 {
      other.layers[0].recurrentWeight.value[row, 1] = 0
      other.layers[1].inputWeight.value[row, 1] = 0
    }
    let expected = hidden(other, layout, nil, graph).hidden.tensor
    expectClose(y, expected, absolute: 1e-14)
    #expect(relativeError(y, hidden(lstm, layout, nil, graph).hidden.tensor) > 1e-3)
  }

  @Test func `the gradient at a state is that along all ways`() throws {
    let layout = SequenceLayout(lengths: [3, 2], packing: .byStep)
    // Moves the state after step 1 of both sequences.
    func loss(_ offset: Tensor<Double>) -> (Double, Tensor<Double>?) {
      let graph = Graph<Double>()
      let sites = Sites<Double>()
      var step = 0
      sites.replace("lstm.h_l0") { value, graph in
        defer { step += 1 }
        return step == 1 ? graph.add(value, graph.constant(offset)) : value
      }
      sites.differentiate("lstm.h_l0")
      let y = hidden(lstm, layout, sites, graph).hidden
      let loss = graph.sum(graph.multiply(y, y))
      graph.backward(from: loss)
      return (loss.tensor.item, sites.gradient(at: "lstm.h_l0", on: graph))
    }
    let start = Tensor<Double>(zeros: [2, 4])
    let gradient = try #require(loss(start).1)
    #expect(gradient.shape == [5, 4])
    let expected = numeric(at: start) { loss($0).0 }
    expectClose(gradient.rows(2..<4), expected, relative: 1e-5, absolute: 1e-9)
  }

  @Test func `decoding answers under the changes as well`() throws {
    let settings = EncoderDecoderLSTM<Double>.Settings(
      inputTokens: 4, outputTokens: 5, embedding: 3, units: 6, layers: 2, dropout: 0)
    let network = EncoderDecoderLSTM<Double>(settings, random: random)
    let other = EncoderDecoderLSTM<Double>(settings, random: random)
    for row in 0..<24 {
      for unit in 0..<3 {
        other.decoder.layers[0].recurrentWeight.value[row, unit] = 0
        other.decoder.layers[1].inputWeight.value[row, unit] = 0
      }
    }
    let sites = Sites<Double>()
    sites.zero("decoder.lstm.h_l0", units: [0, 1, 2])
    let pairs = SequencePairs(
      inputs: [[0, 1], [2], [3, 3, 1]], outputs: [[1, 2], [0], [4, 1, 1]])
    let graph = Graph<Double>()
    func logits(_ n: EncoderDecoderLSTM<Double>, _ sites: Sites<Double>?) -> Tensor<Double> {
      n.logits(for: pairs, in: pass(graph, sites)).rows.tensor
    }
    // Without units, the state that the encoder hands over is still there at the first step.
    sites.zero("encoder.lstm.h_l0", units: [0, 1, 2])
    for row in 0..<24 {
      for unit in 0..<3 {
        other.encoder.layers[0].recurrentWeight.value[row, unit] = 0
        other.encoder.layers[1].inputWeight.value[row, unit] = 0
      }
    }
    expectClose(logits(network, sites), logits(other, nil), absolute: 1e-13)
    #expect(
      network.decode(pairs.inputs, steps: 6, in: pass(graph, sites))
        == other.decode(pairs.inputs, steps: 6, in: pass(graph, nil)))
  }

  @Test(arguments: [false, true])
  func `the sites of networks with sequences are those of their outlines`(isLSTM: Bool) {
    let pairs = SequencePairs(inputs: [[0, 1], [2]], outputs: [[1, 2], [0]])
    let graph = Graph<Double>()
    let sites = Sites<Double>()
    let outline: NetworkOutline
    if isLSTM {
      let settings = EncoderDecoderLSTM<Double>.Settings(
        inputTokens: 3, outputTokens: 3, embedding: 2, units: 4)
      outline = settings.outline(inputLength: 2, outputLength: 2)
      for name in outline.sites { sites.read(name) }
      _ = EncoderDecoderLSTM<Double>(settings, random: random)
        .logits(for: pairs, in: pass(graph, sites))
    } else {
      let settings = EncoderDecoderTransformer<Double>.Settings(
        inputTokens: 3, outputTokens: 3, width: 4, heads: 2, hidden: 6)
      outline = settings.outline(inputLength: 2, outputLength: 2)
      for name in outline.sites { sites.read(name) }
      _ = EncoderDecoderTransformer<Double>(settings, random: random)
        .logits(for: pairs, in: pass(graph, sites))
    }
    #expect(sites.unvisited.isEmpty)
    for name in outline.sites { #expect(sites.value(at: name) != nil, "\(name)") }
  }
}
