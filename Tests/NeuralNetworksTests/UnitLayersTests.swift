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

  private var residual: NetworkDescription {
    .residual(depth: 8, side: 8, inputs: 2, widths: [4, 5, 6], classes: 3)
  }

  @Test func `with shortcuts, what convolutions take are the units`() throws {
    let units = try UnitLayers(residual)
    #expect(units.layers.map(\.width) == [4, 4, 4, 5, 4, 5, 6, 5, 6])
    #expect(units.layers.map(\.output).suffix(3) == [[2, 2, 6], [4, 4, 5], [2, 2, 6]])
    #expect(units.layers[4].site == "blocks.1.shortcut.convolution.inputs")
    // The outputs of the stem come by the first block's shortcut, too.
    let sources = ["stem.convolution.weight", "blocks.0.second.convolution.weight"]
    for layer in [2, 4] { #expect(units.layers[layer].weights.map(\.name) == sources) }
    #expect(units.outputs == nil && units.inputCount == nil)
    #expect(Set(units.tensorShapes.map(\.name)).count == units.tensorShapes.count)
    #expect(units.layers[8].weights.count == 2)
    #expect(
      abs(
        units.forwardOperations(through: 8) + Double(2 * 6 * 3)
          - residual.outline.forwardOperations) < 1)

    let network = UnitNetwork<Double>(units, random: random)
    let whole = SequentialNetwork<Double>(residual, random: random)
    #expect(whole.parameters.map(\.name) == network.parameters.map(\.name))
    let x: Tensor<Double> = random.stream("x").uniform([3, 8, 8, 2], in: -1...1)
    let sites = Sites<Double>()
    let (behind, before) = (
      [
        "stem.norm.relu", "blocks.0.first.norm.relu", "blocks.0.relu", "blocks.1.first.norm.relu",
        "blocks.0.relu", "blocks.1.relu", "blocks.2.first.norm.relu", "blocks.1.relu",
        "blocks.2.relu",
      ],
      [
        "stem.norm", "blocks.0.first.norm", "blocks.0", "blocks.1.first.norm", "blocks.0",
        "blocks.1", "blocks.2.first.norm", "blocks.1", "blocks.2",
      ]
    )
    (behind + before).forEach(sites.read)
    let pass = ForwardPass(graph: Graph<Double>(), source: FrozenParameters(), sites: sites)
    let logits = whole.forward(pass.graph.constant(x), in: pass).tensor
    let other = ForwardPass(graph: Graph<Double>(), source: FrozenParameters<Double>())
    let input = other.graph.constant(x)
    #expect(network.forward(input, in: other).tensor == logits)
    for (place, names) in [(UnitPlace.behindActivation, behind), (.beforeActivation, before)] {
      for (layer, name) in names.enumerated() {
        let found = network.values(place, of: layer, from: input, in: other).tensor
        #expect(found == sites.value(at: name), "\(name)")
      }
      var seen = Set<Int>()
      network.forEachLayer(place, from: input, in: other) { layer, values in
        #expect(values.tensor == sites.value(at: names[layer]))
        seen.insert(layer)
      }
      #expect(seen == Set(names.indices))
    }
  }

  @Test func `images of another size need the same parameters`() throws {
    let units = try UnitLayers(residual).resized(to: 12)
    #expect(units.description.input == [12, 12, 2] && units.layers[4].output == [12, 12, 4])
    let stack = vgg
    #expect {
      try UnitLayers(.stacked(stack)).resized(to: 16)
    } throws: {
      ($0 as? DescriptionError)?.description.contains("'dense.0.weight' has shape 7×20") == true
    }
    #expect(throws: DescriptionError.self) {
      try UnitLayers(.feedForward(sizes: [4, 3, 2])).resized(to: 2)
    }
  }

  @Test(arguments: ["perceptron", "vgg", "residual"])
  func `a pass unit layer by unit layer is the whole pass`(name: String) throws {
    let units = try UnitLayers(
      name == "residual"
        ? residual
        : name == "vgg"
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
    var value = UnitState(parts.graph.constant(x))
    var states: [UnitState<Double>] = []
    for (index, layer) in units.layers.enumerated() {
      value = network.outputs(of: index, from: value, in: parts)
      #expect(value.value.shape == layer.output.prepending(5))
      #expect(value.value.tensor.scalars == sites.value(at: layer.site)?.scalars)
      states.append(value)
      let rest = network.logits(from: value, after: index, in: parts)
      #expect(rest.tensor.scalars == logits.scalars)
    }
    #expect(
      network.logits(from: UnitState(parts.graph.constant(x)), after: nil, in: parts).tensor
        .scalars
        == logits.scalars)

    // A lesion of kept outputs is a lesion at the site.
    let lesion = Sites<Double>()
    lesion.zero(units.layers[1].site, units: [0, 2])
    let lesioned = pass(lesion)
    let expected = network.forward(lesioned.graph.constant(x), in: lesioned).tensor
    var kept = try #require(sites.value(at: units.layers[1].site))
    let width = units.layers[1].width
    for index in 0..<kept.count where [0, 2].contains(index % width) { kept[flat: index] = 0 }
    states[1].value = parts.graph.constant(kept)
    let found = network.logits(from: states[1], after: 1, in: parts).tensor
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
    let outputs = network.values(.behindActivation, of: 1, from: x, in: pass)
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
