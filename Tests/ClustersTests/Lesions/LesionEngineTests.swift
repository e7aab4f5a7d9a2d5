import Autograd
import Clusters
import NeuralNetworks
import Tensors
import Testing

@Suite struct LesionEngineTests {
  private let random = RandomSource(seed: 16)

  private static var stack: ConvolutionStack {
    var stack = ConvolutionStack(input: [8, 8, 2], channels: [6, 7, 8])
    stack.poolAfter = [1, 2]
    stack.dense = [9, 6]
    stack.classes = 4
    return stack
  }

  private static var vgg: ConvolutionStack {
    var stack = stack
    stack.normEpsilon = 1e-3
    stack.normalizedDense = 1
    return stack
  }

  private static func description(_ name: String) throws -> NetworkDescription {
    switch name {
    case "perceptron":
      try .perceptron(input: [8, 8, 2], hidden: [12, 11, 10], classes: 4, dropout: 0.5)
    case "convolutions": try .stacked(stack)
    case "vgg": try .stacked(vgg)
    case "residual": .residual(depth: 8, side: 8, inputs: 2, widths: [4, 5, 6], classes: 4)
    case "norm before the activation":
      try NetworkDescription(
        input: [8, 8, 2],
        layers: [
          .convolution("a", outputs: 6, kernel: 3, stride: 2), .batchNorm("n"), .activation(.relu),
          .convolution("b", outputs: 5, kernel: 2), .maxPooling(2), .activation(.relu),
          .globalAveragePooling(), .linear("c", outputs: 4),
        ])
    default:
      // Nothing with weights follows the last units.
      try NetworkDescription(
        input: [8, 8, 2],
        layers: [
          .convolution("a", outputs: 6, kernel: 3), .activation(.relu),
          .convolution("b", outputs: 4, kernel: 3), .globalAveragePooling(),
        ])
    }
  }

  private var images: Tensor<Float> {
    random.stream("images").uniform([60, 8, 8, 2], in: -1...1)
  }

  /// A network none of whose parameters and statistics are the initial ones, and all of whose classes
  /// are answers.
  private func network(_ name: String) throws -> UnitNetwork<Float> {
    let units = try UnitLayers(Self.description(name))
    var tensors = UnitNetwork<Float>(units, random: random).tensors
    for (name, tensor) in tensors {
      let isPositive = name.hasSuffix("running_var")
      let isKept = name.hasSuffix("weight") && tensor.shape.rank > 1
      let noise: Tensor<Float> = random.stream("test/\(name)").uniform(
        tensor.shape, in: isPositive ? 0.5...1.5 : -0.2...0.2)
      // Large weights, so that the classes of images differ.
      tensors[name] = isKept ? Tensor(tensor.scalars.map { 3 * $0 }, shape: tensor.shape) : noise
    }
    let network = try UnitNetwork(units, tensors: tensors)
    let pass = ForwardPass(graph: Graph<Float>(), source: FrozenParameters())
    let logits = network.forward(pass.graph.constant(images), in: pass).tensor
    let bias = try #require(network.parameters.last)
    for index in 0..<logits.count { bias.value[flat: index % 4] -= logits[flat: index] / 60 }
    return network
  }

  /// Predictions of a whole pass with silenced units.
  private func naive(
    _ network: UnitNetwork<Float>, _ images: Tensor<Float>, _ lesion: Lesion
  ) -> [Int] {
    let sites = Sites<Float>()
    for (layer, units) in lesion.units {
      sites.zero(network.units.layers[layer].site, units: units)
    }
    let pass = ForwardPass(graph: Graph<Float>(), source: FrozenParameters(), sites: sites)
    return network.forward(pass.graph.constant(images), in: pass).tensor.argmaxRows()
  }

  @Test(arguments: [
    "perceptron", "convolutions", "vgg", "residual", "norm before the activation",
    "without weights behind",
  ])
  func `predictions are those of a whole pass`(name: String) throws {
    let network = try network(name)
    let images = images
    var lesions: [Lesion] = [.none]
    let layers = network.units.layers
    for (index, layer) in layers.enumerated() {
      lesions.append(Lesion(layer: index, units: Array(0..<layer.width)))
      for draw in 0..<8 {
        let order = random.stream("lesions/\(index)").permutation(layer.width, step: draw)
        lesions.append(Lesion(layer: index, units: Array(order.prefix(1 + draw % layer.width))))
        // Together with units of the next layer, and of the last one.
        for other in [index + 1, layers.count - 1] where other < layers.count && other > index {
          lesions.append(
            lesions[lesions.count - 1].union(Lesion(layer: other, units: [draw % 3, 3])))
        }
      }
    }
    let found = LesionEngine(network).predictions(of: images, under: lesions)
    for (lesion, predictions) in zip(lesions, found) {
      #expect(predictions == naive(network, images, lesion), "\(lesion.units)")
    }
    #expect(Set(found).count > layers.count)
  }

  /// With shortcuts a lesion takes from one convolution what others still get: the network whose slices of
  /// that kernel are 0.
  @Test func `silenced inputs are slices of 0`() throws {
    let network = try network("residual")
    let takers = [
      "blocks.0.first.convolution", "blocks.0.second.convolution", "blocks.1.first.convolution",
      "blocks.1.second.convolution", "blocks.1.shortcut.convolution",
      "blocks.2.first.convolution", "blocks.2.second.convolution",
      "blocks.2.shortcut.convolution", "classifier",
    ]
    #expect(network.units.layers.map(\.name) == takers)
    let images = images
    var found: Set<[Int]> = []
    for (layer, taker) in takers.enumerated() {
      let dead = [0, 2, 3].prefix(1 + layer % 3)
      var tensors = network.tensors
      var weight = try #require(tensors["\(taker).weight"])
      let (inputs, places) = (weight.shape[1], weight.shape.dropFirst().dropFirst().count)
      for index in 0..<weight.count where dead.contains(index / places % inputs) {
        weight[flat: index] = 0
      }
      tensors["\(taker).weight"] = weight
      let other = try UnitNetwork(network.units, tensors: tensors)
      let predictions = LesionEngine(network).predictions(
        of: images, under: [Lesion(layer: layer, units: Array(dead))])
      #expect(predictions == [naive(other, images, .none)], "\(taker)")
      found.formUnion(predictions)
    }
    #expect(found.count > 5)
  }

  /// Without biases a network whose units are all silent, or happen to be 0, has equal logits, which the
  /// update alone would tell apart by their rounding.
  @Test func `equal logits mean the lowest class`() throws {
    let units = try UnitLayers(.perceptron(input: [3], hidden: [8, 6], classes: 4))
    var tensors = UnitNetwork<Float>(units, random: random).tensors
    // Units 0 to 4 are positive for positive inputs, the others are 0.
    tensors["layers.0.weight"] = Tensor(
      (0..<24).map { $0 < 15 ? Float($0 + 1) / 7 : -0.3 }, shape: [8, 3])
    let network = try UnitNetwork<Float>(units, tensors: tensors)
    let images: Tensor<Float> = random.stream("images").uniform([40, 3], in: 0.1...1)
    // Three of eight units are updated; with two further ones silent nothing is left.
    tensors["layers.0.weight"] = Tensor(
      (0..<24).map { $0 < 9 ? Float($0 + 1) / 7 : -0.3 }, shape: [8, 3])
    let sparse = try UnitNetwork<Float>(units, tensors: tensors)
    let dead = LesionEngine(sparse).predictions(
      of: images, under: [Lesion(layer: 0, units: [0, 1, 2])])
    #expect(dead == [[Int](repeating: 0, count: 40)])
    let all = LesionEngine(network).predictions(
      of: images, under: [Lesion(layer: 1, units: Array(0..<6))])
    #expect(all == [[Int](repeating: 0, count: 40)])
  }

  @Test func `counts do not depend on parts`() throws {
    let network = try network("convolutions")
    let engine = LesionEngine(network)
    let images = images.rows(0..<50)
    let targets = random.stream("targets").integers(50, below: 3)
    let lesions = [Lesion.none, Lesion(layer: 0, units: [1]), Lesion(layer: 2, units: [0, 3, 5])]
    var whole = LesionCounts(lesions: 3, classes: 4)
    engine.count(images, targets: targets, under: lesions, into: &whole)
    var parts = LesionCounts(lesions: 3, classes: 4)
    for range in [0..<7, 7..<40, 40..<50] {
      engine.count(images.rows(range), targets: targets[range], under: lesions, into: &parts)
      // What a run keeps between its parts.
      parts = try #require(LesionCounts(images: parts.images, right: parts.right))
    }
    #expect(parts == whole)
    for (index, lesion) in lesions.enumerated() {
      let predictions = naive(network, images, lesion)
      let right = zip(predictions, targets).count { $0 == $1 }
      #expect(whole[index].overall == Double(right) / 50)
    }
    // A class without images has no accuracy and does not count.
    #expect(whole[0].classes[3].isNaN && !whole[0].macro.isNaN)
    #expect(!whole[1].classRange(against: whole[0]).isZero)
    #expect(LesionCounts(images: [3, 2], right: [1, 3]) == nil)
    #expect(LesionCounts(images: [3, 2], right: [1]) == nil)
    #expect(LesionEngine.imagesPerPart(network.units) == 512)
  }
}
