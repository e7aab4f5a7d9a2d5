import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct NetworkDescriptionTests {
  private let random = RandomSource(seed: 22)

  @Test func `shapes, parameters and work follow from the layers`() throws {
    let description = try NetworkDescription(
      input: [28, 28, 1],
      layers: [
        .convolution("conv1", outputs: 6, kernel: 5, padding: 2), .activation(.relu),
        .averagePooling(2), .convolution("conv2", outputs: 16, kernel: 5), .activation(.tanh),
        .maxPooling(3, stride: 2, padding: 1), .flatten(), .linear("fc", outputs: 10),
      ])
    let outline = description.outline
    #expect(
      outline.layers.map(\.output) == [
        [28, 28, 6], [28, 28, 6], [14, 14, 6], [10, 10, 16], [10, 10, 16], [5, 5, 16], [400], [10],
      ])
    #expect(outline.parameterCount == 6 * 26 + 16 * (150 + 1) + 10 * 401)
    #expect(
      outline.forwardOperations
        == Double(2 * (6 * 25 * 784 + 16 * 150 * 100 + 4000)))
    #expect(
      outline.sites == [
        "conv1", "conv1.relu", "conv1.average-pooling", "conv2", "conv2.tanh", "conv2.max-pooling",
        "conv2.flatten", "fc",
      ])
  }

  @Test func `a network is built as described`() throws {
    let description = try NetworkDescription(
      input: [6, 6, 2],
      layers: [
        .convolution("a", outputs: 4, kernel: 5, padding: 2), .batchNorm("b"),
        .activation(.silu), .residual("r", [.convolution("c", outputs: 4, kernel: 3, padding: 1)]),
        .averagePooling(3, stride: 2, padding: 1, countsPadding: false), .flatten(),
        .dropout("d", rate: 0.5), .linear("e", outputs: 3), .activation(.softmax),
      ])
    let network = SequentialNetwork<Double>(description, random: random)
    #expect(network.outline == description.outline.parameters)
    let x: Tensor<Double> = random.stream("x").uniform([5, 6, 6, 2], in: -1...1)
    let graph = Graph<Double>()
    let sites = Sites<Double>()
    for name in description.outline.sites { sites.read(name) }
    let y = network.forward(
      graph.constant(x),
      in: ForwardPass(graph: graph, source: FrozenParameters(), sites: sites)
    ).tensor
    #expect(y.shape == [5, 3])
    for row in 0..<5 { expectClose((0..<3).reduce(0) { $0 + y[row, $1] }, 1, absolute: 1e-12) }
    for layer in description.outline.layers {
      let found = try #require(sites.value(at: layer.name))
      #expect(found.shape == layer.output.prepending(5), "\(layer.name)")
    }
    // Order of a flattened image: channels, rows, columns.
    let (image, vector) = try (
      #require(sites.value(at: "r.average-pooling")), #require(sites.value(at: "r.flatten"))
    )
    #expect(image[2, 1, 2, 3] == vector[2, 3 * 9 + 1 * 3 + 2])
  }

  @Test func `sequences of equal lengths`() throws {
    let description = try NetworkDescription(
      input: [4],
      layers: [
        .embedding("table", tokens: 5, width: 6), .attention("attend", heads: 2),
        .layerNorm("norm"), .lstm("rnn", units: 3, layers: 2), .lastStep(),
        .linear("out", outputs: 2),
      ])
    let network = SequentialNetwork<Double>(description, random: random)
    #expect(network.outline == description.outline.parameters)
    let tokens = Tensor<Double>([0, 1, 2, 3, 4, 4, 0, 1], shape: [2, 4])
    let graph = Graph<Double>()
    let sites = Sites<Double>()
    for name in description.outline.sites { sites.read(name) }
    let pass = ForwardPass<Double>(graph: graph, source: FrozenParameters(), sites: sites)
    let y = network.forward(graph.constant(tokens), in: pass).tensor
    #expect(sites.unvisited.isEmpty)
    // The second sequence alone.
    let alone = network.forward(
      graph.constant(tokens.rows(1..<2)),
      in: ForwardPass(graph: graph, source: FrozenParameters())
    ).tensor
    expectClose(alone, (0..<2).map { y[1, $0] }, absolute: 1e-13)
    expectSamplesToEqualSeparateNetworks(network.parameters, samples: 2) { slice, pass in
      let own = slice.map { tokens.rows($0..<$0 + 1) } ?? tokens
      let y = network.forward(pass.graph.constant(own), in: pass)
      return pass.graph.mean(pass.graph.multiply(y, y))
    }
  }

  @Test(arguments: [
    (
      [LayerDescription.linear("a", outputs: 2), .maxPooling(2)],
      "layer 'a.max-pooling': pooling of an input 2"
    ),
    ([.linear("a", outputs: 2), .linear("a", outputs: 2)], "layer 'a': two layers have this name"),
    (
      [.residual("r", [.linear("a", outputs: 2)])],
      "layer 'r': a sum of 2 and, by the shortcut, 3"
    ),
    ([.linear("a", outputs: 0)], "layer 'a': 0 outputs of an input 3"),
    ([], "a network without layers"),
  ])
  func `what does not fit is named`(layers: [LayerDescription], message: String) {
    do throws(DescriptionError) {
      _ = try NetworkDescription(input: [3], layers: layers)
      Issue.record("no error for \(message)")
    } catch {
      #expect(error.description == message)
    }
  }

  @Test func `a network that no machine could hold is described at once`() {
    let outline = NetworkDescription.feedForward(sizes: [42, 100_000, 100_000, 20]).outline
    #expect(outline.parameterCount > 10_000_000_000)
    let settings = EncoderDecoderLSTM<Float>.Settings(
      inputTokens: 13, outputTokens: 6, units: 100_000)
    #expect(settings.outline(inputLength: 7, outputLength: 14).parameterCount > 100_000_000_000)
  }
}
