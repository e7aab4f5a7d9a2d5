import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct UnitLayersTests {
  /// One pixel that stands at all places of a map, as adaptive pooling of small images makes it, leaves
  /// channels apart; another order of the elements does not.
  @Test func rearrangementsMayMoveElementsWithinChannels() throws {
    func units(_ elements: [Int]) throws -> UnitLayers {
      try UnitLayers(
        NetworkDescription(
          input: [2, 2, 1],
          layers: [
            .convolution("c", outputs: 3, kernel: 1), .activation(.relu), .maxPooling(2),
            .rearrangement("tiles", shape: [1, 2, 3], elements: elements), .flatten(),
            .linear("l", outputs: 2),
          ]))
    }
    #expect(try units([0, 1, 2, 0, 1, 2]).layers.map(\.width) == [3])
    #expect(throws: DescriptionError.self) { try units([0, 1, 2, 1, 0, 2]) }
  }

  private let random = RandomSource(seed: 31)

  private var vgg: ConvolutionStack {
    var stack = ConvolutionStack(input: [8, 8, 2], channels: [3, 4, 5])
    stack.poolAfter = [1, 2]
    stack.dense = [7, 6]
    stack.classes = 3
    stack.normEpsilon = 1e-3
    stack.normalizedDense = 1
    stack.convolutionDropout = [0.25]
    return stack
  }

  @Test func `hidden neurons are the units of linear layers`() throws {
    let units = try UnitLayers(
      .perceptron(input: [4, 4, 1], hidden: [8, 7], classes: 3, dropout: 0.5))
    #expect(units.layers.map(\.name) == ["layers.0", "layers.1"])
    #expect(units.layers.map(\.width) == [8, 7])
    #expect(units.layers.map(\.site) == ["layers.0.relu", "layers.1.relu"])
    #expect(units.layers.map(\.output) == [[8], [7]])
    #expect(units.outputs?.name == "layers.2")
    #expect(units.inputCount == 16)
    let vertices = units.vertices()
    #expect(vertices.map(\.layer) == ["inputs", "layers.0", "layers.1", "layers.2"])
    #expect(vertices.map(\.count) == [16, 8, 7, 3])
    #expect(units.vertices(hasInputs: false).map(\.count) == [8, 7, 3])
    let alone = try UnitLayers(.feedForward(sizes: [3, 2]))
    #expect(alone.layers.isEmpty && alone.outputs?.width == 2)
  }

  @Test func `output channels are the units of convolutions`() throws {
    let units = try UnitLayers(.stacked(vgg))
    #expect(units.layers.map(\.name) == ["convolutions.0", "convolutions.1", "convolutions.2"])
    #expect(units.layers.map(\.output) == [[8, 8, 3], [8, 8, 4], [4, 4, 5]])
    #expect(units.inputCount == nil && units.outputs == nil)
    #expect(units.vertices().map(\.count) == [3, 4, 5])
    // Normalisations stand behind activation and pooling: they belong to what comes next.
    #expect(units.layers.map { $0.inputNorms.map(\.name) } == [[], ["norms.0"], ["norms.1"]])
    #expect(units.layers.allSatisfy { $0.outputNorms.isEmpty })
    #expect(units.lastNorms.map(\.name) == ["norms.2"])
    #expect(units.layer(named: "convolutions.1")?.inputNorms[0].epsilon == 1e-3)
    // Where one follows the convolution directly, it belongs to that.
    let direct = try UnitLayers(
      NetworkDescription(
        input: [6, 6, 1],
        layers: [
          .convolution("a", outputs: 2, kernel: 3), .batchNorm("n"), .activation(.relu),
          .convolution("b", outputs: 3, kernel: 3), .globalAveragePooling(),
        ]))
    #expect(direct.layers.map { $0.outputNorms.map(\.name) } == [["n"], []])
    #expect(direct.layers.map(\.site) == ["n.relu", "b"])
  }

  @Test func `the networks of the paper have its numbers of vertices`() throws {
    func count(_ description: NetworkDescription) throws -> Int {
      try UnitLayers(description).vertices().reduce(0) { $0 + $1.count }
    }
    #expect(
      try count(
        .perceptron(input: [784], hidden: [256, 256, 256, 256], classes: 10, dropout: 0.5))
        == 1818)
    #expect(try count(.stacked(.small())) == 192)
    #expect(try count(.stacked(.vgg())) == 4224)
    let small = try NetworkDescription.stacked(.small())
    #expect(small.outline.layers.contains { $0.input == [3136] && $0.output == [128] })
  }

  @Test func `pooling before the activation belongs to the unit`() throws {
    let units = try UnitLayers(.convolutional(side: 16, inputs: 3, channels: [4, 5, 6]))
    #expect(units.layers.map(\.width) == [4, 5, 6])
    #expect(units.layers.map(\.output) == [[8, 8, 4], [4, 4, 5], [4, 4, 6]])
    #expect(units.layers.allSatisfy { $0.site.hasSuffix(".relu") })
  }

  @Test(arguments: [false, true])
  func `a pass unit layer by unit layer is the whole pass`(hasConvolutions: Bool) throws {
    let units = try UnitLayers(
      hasConvolutions
        ? .stacked(vgg) : .perceptron(input: [8, 8, 2], hidden: [9, 8, 7], classes: 3))
    let network = UnitNetwork<Double>(units, random: random)
    let x: Tensor<Double> = random.stream("x").uniform([5, 8, 8, 2], in: -1...1)
    func pass(_ sites: Sites<Double>? = nil) -> ForwardPass<Double> {
      ForwardPass(graph: Graph<Double>(), source: FrozenParameters(), sites: sites)
    }
    let sites = Sites<Double>()
    units.layers.forEach { sites.read($0.site) }
    let whole = pass(sites)
    let logits = network.forward(whole.graph.constant(x), in: whole).tensor

    let parts = pass()
    var value = parts.graph.constant(x)
    for (index, layer) in units.layers.enumerated() {
      value = network.outputs(of: index, from: value, in: parts)
      #expect(value.shape == layer.output.prepending(5))
      #expect(value.tensor.scalars == sites.value(at: layer.site)?.scalars)
      let rest = network.logits(from: value, after: index, in: parts)
      #expect(rest.tensor.scalars == logits.scalars)
    }
    #expect(
      network.logits(from: parts.graph.constant(x), after: nil, in: parts).tensor.scalars
        == logits.scalars)

    // A lesion of kept outputs is a lesion at the site.
    let lesion = Sites<Double>()
    lesion.zero(units.layers[1].site, units: [0, 2])
    let lesioned = pass(lesion)
    let expected = network.forward(lesioned.graph.constant(x), in: lesioned).tensor
    var kept = try #require(sites.value(at: units.layers[1].site))
    let width = units.layers[1].width
    for index in 0..<kept.count where [0, 2].contains(index % width) { kept[flat: index] = 0 }
    let rest = pass()
    let found = network.logits(from: rest.graph.constant(kept), after: 1, in: rest).tensor
    #expect(found.scalars == expected.scalars && found.scalars != logits.scalars)

    // The same parameters make the same network.
    let copy = try UnitNetwork<Double>(units, tensors: network.tensors)
    let again = pass()
    #expect(
      copy.forward(again.graph.constant(x), in: again).tensor.scalars == logits.scalars)
    #expect(throws: OptimizerStateError.self) { try UnitNetwork<Double>(units, tensors: [:]) }
  }

  @Test func `gradients of a unit reach the inputs`() throws {
    let network = UnitNetwork<Double>(try UnitLayers(.stacked(vgg)), random: random)
    let graph = Graph<Double>()
    let pass = ForwardPass(graph: graph, source: FrozenParameters<Double>())
    let x = graph.variable(random.stream("x").uniform([2, 8, 8, 2], in: 0...1) as Tensor<Double>)
    let outputs = network.outputs(
      of: 1, from: network.outputs(of: 0, from: x, in: pass), in: pass)
    graph.backward(from: graph.mean(outputs))
    #expect(graph.gradient(of: x)?.scalars.contains { $0 != 0 } == true)
  }

  @Test(arguments: [
    ([LayerDescription.flatten()], "a network without linear layers and convolutions has no units"),
    (
      [.linear("a", outputs: 4), .layerNorm("n"), .linear("b", outputs: 2)],
      "layer 'n': a layer of the kind 'layer-norm' in a sequence of unit layers"
    ),
    (
      [.residual("r", [.linear("a", outputs: 5)]), .linear("b", outputs: 2)],
      "layer 'r': a layer of the kind 'residual' in a sequence of unit layers"
    ),
  ])
  func `other networks are refused`(layers: [LayerDescription], message: String) throws {
    let description = try NetworkDescription(input: [5], layers: layers)
    #expect {
      try UnitLayers(description)
    } throws: {
      ($0 as? DescriptionError)?.description == message
    }
  }
}
