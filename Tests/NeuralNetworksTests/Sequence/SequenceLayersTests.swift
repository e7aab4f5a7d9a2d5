import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct SequenceLayersTests {
  @Test func `embeddings are drawn from a standard normal distribution`() {
    let embedding = Embedding<Float>(
      name: "embedding", tokens: 200, width: 50, random: RandomSource(seed: 1))
    #expect(embedding.weight.name == "embedding.weight" && embedding.weight.role == .embedding)
    expectClose(embedding.weight.value.sumOfSquares() / 10_000, 1, relative: 0.05)
  }

  @Test func `embeddings of tokens are rows of the table`() {
    let embedding = Embedding<Double>(
      name: "e", tokens: 3, width: 2, random: RandomSource(seed: 2))
    embedding.weight.value = Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2])
    let source = TrainableParameters(embedding.parameters)
    let graph = Graph<Double>()
    let pass = ForwardPass(graph: graph, source: source)
    let y = embedding.forward([2, 0, 2], groups: RowGroups(rows: 3, equalGroups: 1), in: pass)
    #expect(y.tensor.scalars == [5, 6, 1, 2, 5, 6])
    graph.backward(from: y, seed: Tensor([1, 1, 2, 2, 4, 4], shape: [3, 2]))
    #expect(source.gradients[0].tensor.scalars == [2, 2, 0, 0, 5, 5])
  }

  @Test func `a token beyond the table is refused`() async {
    await #expect(processExitsWith: .failure) {
      let embedding = Embedding<Double>(
        name: "e", tokens: 3, width: 2, random: RandomSource(seed: 2))
      let pass = ForwardPass<Double>(graph: Graph(), source: FrozenParameters())
      _ = embedding.forward([3], groups: RowGroups(rows: 1, equalGroups: 1), in: pass)
    }
  }

  /// Embedding, normalisation and output with samples of all parameters, in uneven groups of rows.
  @Test func `weight samples equal separate layers`() {
    let random = RandomSource(seed: 3)
    let embedding = Embedding<Double>(name: "e", tokens: 4, width: 5, random: random)
    let norm = LayerNorm<Double>(name: "n", width: 5)
    let output = Linear<Double>(name: "o", inputs: 5, outputs: 3, random: random)
    let tokens = [[0, 1, 2, 3], [3, 3], [1, 0, 2], [2, 0, 1, 3, 1]]
    let parameters = embedding.parameters + norm.parameters + output.parameters
    expectSamplesToEqualSeparateNetworks(parameters, samples: 4) { slice, pass in
      let part = slice.map { $0..<$0 + 1 } ?? 0..<4
      let layout = SequenceLayout(
        lengths: tokens[part].map(\.count), samples: pass.samples, packing: .byElement)
      let x = embedding.forward(
        layout.pack(Array(tokens[part])), groups: layout.groups, in: pass)
      let y = pass.linear(
        norm.forward(x, groups: layout.groups, in: pass), weight: output.weight,
        bias: output.bias, groups: layout.groups)
      // Table rows of other samples must stay without effect, those of all tokens have one.
      return pass.graph.crossEntropy(
        logits: y,
        classes: layout.pack(part.map { [Int](repeating: $0 % 3, count: tokens[$0].count) }),
        weights: [Double](repeating: 1 / Double(part.count), count: layout.rows))
    }
  }

  @Test func `layer normalisation starts as pure normalisation`() {
    let norm = LayerNorm<Double>(name: "norm", width: 4)
    #expect(norm.parameters.map(\.name) == ["norm.weight", "norm.bias"])
    #expect(norm.parameters.map(\.role) == [.normScale, .normShift])
    let pass = ForwardPass<Double>(graph: Graph(), source: FrozenParameters())
    let y = norm.forward(
      pass.graph.constant(Tensor([1, 2, 3, 6], shape: [1, 4])),
      groups: RowGroups(rows: 1, equalGroups: 1), in: pass)
    expectClose(y.tensor.mean(), 0, absolute: 1e-15)
    expectClose(y.tensor.sumOfSquares() / 3, 1, relative: 1e-4)
  }

  @Test func `sequences count as correct when tokens and length are`() {
    let pairs = SequencePairs(
      inputs: [[], [], [], []], outputs: [[1, 2], [1, 2], [1, 2], []])
    #expect(pairs.correctCount(of: [[1, 2], [1, 2, 0], [1], []]) == 2)
    #expect(pairs.longestOutput == 2 && pairs.count == 4)
  }
}
