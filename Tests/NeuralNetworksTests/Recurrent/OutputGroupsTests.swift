import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Which states each sample of the output layer serves, against row after row by hand.
@Suite struct OutputGroupsTests {
  private let x: Tensor<Double> = RandomSource(seed: 51).stream("x").uniform([8, 3], in: -1...1)

  /// y = W h + b with one sample of the output layer.
  private func output(
    _ layer: Linear<Double>, _ source: SampledSource, sample: Int, _ h: [Double]
  ) -> [Double] {
    let graph = Graph<Double>()
    let weight = source.value(of: layer.weight, on: graph).tensor.slice(sample)
    let bias = source.value(of: layer.bias ?? layer.weight, on: graph).tensor.slice(sample)
    return (0..<weight.shape[0]).map { unit in
      h.indices.reduce(bias[flat: unit]) { $0 + weight[unit, $1] * h[$1] }
    }
  }

  private func expect(_ row: Tensor<Double>, _ expected: [Double]) {
    for (a, b) in zip(row.scalars, expected) { #expect(abs(a - b) < 1e-12) }
  }

  /// Samples of the output layer alone, so that the states are those of the plain network.
  private func source(_ layer: Linear<Double>, samples: Int = 4) -> SampledSource {
    SampledSource(layer.parameters, samples: samples)
  }

  @Test(arguments: [[5], [2, 5], [0, 1, 2, 3, 4, 5]])
  func `outputs of a classifier`(_ read: [Int]) {
    let network = LSTMClassifier<Double>(
      inputs: 3, units: 4, layers: 1, outputs: 2, random: RandomSource(seed: 52))
    let plain = Graph<Double>()
    let layout = SequenceLayout(batch: 8, length: 6, packing: .byStep)
    let hidden = network.lstm.forward(
      plain.constant(x), layout: layout, repeats: 6,
      in: ForwardPass(graph: plain, source: FrozenParameters())
    ).hidden.tensor
    let source = source(network.output)
    for groups in OutputGroups.allCases {
      let graph = Graph<Double>()
      let pass = ForwardPass(graph: graph, source: source, outputGroups: groups)
      let found = network.forward([graph.constant(x)], repeats: 6, readingAt: read, in: pass)
      for (reading, step) in read.enumerated() {
        for element in 0..<8 {
          let sample =
            groups == .elements ? element * 4 / 8 : (step * 8 + element) * 4 / (6 * 8)
          let h = hidden.rows(
            layout.row(of: element, step: step)..<layout.row(of: element, step: step) + 1)
          expect(
            found[reading].tensor.rows(element..<element + 1),
            output(network.output, source, sample: sample, h.scalars))
        }
      }
    }
  }

  /// Of 128 elements and 4 samples, what the published code does: with the last of three steps two
  /// samples act, with the last of six steps one.
  @Test func `samples that act at the last step`() {
    for (steps, expected) in [(3, [2: 32, 3: 96]), (6, [3: 128])] {
      let layout = SequenceLayout(batch: 128, length: steps, samples: 4, packing: .byStep)
      let places = layout.timeMajorPlaces
      let samples = layout.rows(ofStep: steps - 1).map { places[$0] * 4 / (steps * 128) }
      #expect(Dictionary(grouping: samples) { $0 }.mapValues(\.count) == expected)
    }
  }

  @Test func `outputs of a decoder`() {
    let network = EncoderDecoderLSTM<Double>(
      .init(inputTokens: 5, outputTokens: 3, embedding: 4, units: 6, layers: 1, dropout: 0),
      random: RandomSource(seed: 53))
    let pairs = SequencePairs(
      inputs: sequences(8, tokens: 5, longest: 4, "inputs"),
      outputs: sequences(8, tokens: 3, longest: 5, "outputs"))
    let source = source(network.output)
    func rows(_ groups: OutputGroups, _ feeding: DecoderFeeding) -> [[[Double]]] {
      let graph = Graph<Double>()
      let pass = ForwardPass(graph: graph, source: source, outputGroups: groups)
      let (rows, layout) = network.logits(for: pairs, feeding: feeding, in: pass)
      return layout.unpack((0..<layout.rows).map { rows.tensor.rows($0..<$0 + 1).scalars })
    }
    // What one sample for all gives is what each row has to be looked up in.
    let single = (0..<4).map { sample in
      let graph = Graph<Double>()
      let pass = ForwardPass(graph: graph, source: SampledSource(source, sample: sample))
      let (rows, layout) = network.logits(for: pairs, in: pass)
      return layout.unpack((0..<layout.rows).map { rows.tensor.rows($0..<$0 + 1).scalars })
    }
    let longest = (pairs.outputs.map(\.count).max() ?? 0) + 1
    for groups in OutputGroups.allCases {
      for (element, steps) in rows(groups, .reference).enumerated() {
        for (step, row) in steps.enumerated() {
          let sample =
            groups == .elements ? element * 4 / 8 : (step * 8 + element) * 4 / (longest * 8)
          for (a, b) in zip(row, single[sample][element][step]) { #expect(abs(a - b) < 1e-12) }
        }
      }
    }
    #expect(rows(.elements, .reference) != rows(.timeMajor, .reference))
    #expect(rows(.elements, .own) == rows(.timeMajor, .own), "own tokens are found step by step")
  }

  /// Gradients of all parameters in the numbers of a central difference.
  @Test func `gradients flow back to the rows they come from`() {
    let network = LSTMClassifier<Double>(
      inputs: 3, units: 4, layers: 1, outputs: 2, random: RandomSource(seed: 54))
    func loss(_ x: Tensor<Double>) -> (Double, Tensor<Double>?) {
      let graph = Graph<Double>()
      let pass = ForwardPass(
        graph: graph, source: source(network.output), outputGroups: .timeMajor)
      let input = graph.variable(x)
      let read = network.forward([input], repeats: 3, readingAt: [1, 2], in: pass)
      let classes = [0, 1, 1, 0, 1, 0, 0, 1]
      let loss = graph.add(
        graph.crossEntropy(logits: read[0], classes: classes),
        graph.crossEntropy(logits: read[1], classes: classes))
      graph.backward(from: loss)
      return (loss.tensor.item, graph.gradient(of: input))
    }
    let gradient = loss(x).1
    for i in 0..<x.count {
      var (above, below) = (x, x)
      above[flat: i] += 1e-6
      below[flat: i] -= 1e-6
      let numeric = (loss(above).0 - loss(below).0) / 2e-6
      #expect(abs((gradient?[flat: i] ?? 0) - numeric) < 1e-8)
    }
  }
}
