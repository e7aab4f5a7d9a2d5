import Tensors

/// A described network as a sequence of unit layers: the outputs of unit layer i follow from those of
/// unit layer i − 1, those of the first from the inputs, and the logits from those of the last.
///
/// The units of a network with convolutions are the output channels of its convolutions; of one
/// without, the neurons of all linear layers but the last, which makes the logits. A unit's output is
/// taken behind its activation function: what a lesion sets to 0, and what may be kept so that only
/// the rest of the network is computed again (``UnitNetwork``).
///
/// In a network of convolutions with shortcuts around them a channel may feed several convolutions: it is
/// then a unit for each of them. The units of a layer are what one convolution takes, under its name, and at
/// last what the layers behind all convolutions take; silencing one means that this convolution alone
/// gets 0 in its place (``ConvolutionFlow``).
///
/// Reference: Hod, Filan, Casper, Critch, Russell: Quantifying local specialization in deep neural
/// networks, 2021, section 2.
public struct UnitLayers: Sendable {
  /// The units of a layer with weights.
  public struct Layer: Sendable, Hashable {
    /// The dotted name of the module: `layers.0`, `convolutions.2`.
    public let name: String
    /// Number of units.
    public let width: Int
    /// Shape of one example's outputs: K, or H×W×K.
    public let output: Shape
    /// The site of the outputs: `layers.0.relu`; with shortcuts `layer1.0.conv1.inputs`.
    public let site: String
    /// The weights that lead here: K×C, or K×C×R×R. One, unless there are shortcuts.
    public let weights: [ParameterOutline]
    /// Normalisations of the inputs: behind the activation or pooling of the unit layer before.
    public let inputNorms: [Norm]
    /// Normalisations that follow the weights directly.
    public let outputNorms: [Norm]
    /// Numbers that are kept for the gradient between the unit layer before and this one, for an example.
    public let recorded: Int
    /// The step before which the outputs are the value.
    let end: Int
    /// The step before which that is the value which the activation function takes; `end` without one.
    let activation: Int
  }

  /// A batch normalisation.
  public struct Norm: Sendable, Hashable {
    /// The dotted name of the module; γ is `<name>.weight`, the variance `<name>.running_var`.
    public let name: String
    /// Added to the variance.
    public let epsilon: Double
  }

  /// The network.
  public let description: NetworkDescription
  /// The unit layers, first to last; none for a single linear layer.
  public let layers: [Layer]
  /// The linear layer whose outputs are the logits, of a network without convolutions; its units are
  /// vertices, but are not lesioned.
  public let outputs: Layer?
  /// Normalisations behind the activation or pooling of the last convolution.
  public let lastNorms: [Norm]
  /// Which convolutions take the outputs of which, of a network with shortcuts around them.
  public let flow: ConvolutionFlow?
  /// What computes the logits from the inputs.
  let steps: [NetworkStep]

  /// The unit layers of a network.
  ///
  /// - Throws: ``DescriptionError`` for a network that is no sequence of linear layers or of
  ///   convolutions, with shortcuts or without, and names the first layer that does not belong into one.
  public init(_ description: NetworkDescription) throws(DescriptionError) {
    let steps = try NetworkStep.steps(of: description.placed)
    let hasConvolutions = steps.contains { $0.layer?.kind is ConvolutionDescription }
    if hasConvolutions, steps.contains(where: \.parts) {
      self.init(try ConvolutionFlow(description, steps: steps), steps: steps)
    } else {
      try self.init(chain: description, hasConvolutions: hasConvolutions)
    }
  }

  private init(_ flow: ConvolutionFlow, steps: [NetworkStep]) {
    let places = flow.convolutions.dropFirst().map(\.place) + [flow.end]
    var begin = 0
    layers = zip(flow.vertices, places).enumerated().map { group, pair in
      let ((name, width), place) = pair
      defer { begin = place.step }
      return Layer(
        name: name, width: width, output: place.shape, site: "\(name).inputs",
        weights: flow.sources(ofGroup: group).map(\.weight), inputNorms: [], outputNorms: [],
        recorded: steps[begin..<place.step].reduce(0) { $0 + ($1.layer?.output.count ?? 0) },
        end: place.step, activation: place.activation)
    }
    (description, self.flow, self.steps) = (flow.description, flow, steps)
    (outputs, lastNorms) = (nil, [])
  }

  private init(
    chain description: NetworkDescription, hasConvolutions: Bool
  ) throws(DescriptionError) {
    let placed = description.placed
    let weighted = placed.indices.filter {
      hasConvolutions
        ? placed[$0].kind is ConvolutionDescription : placed[$0].kind is LinearDescription
    }
    guard let last = weighted.last else {
      throw DescriptionError("a network without linear layers and convolutions has no units")
    }
    for (index, layer) in placed.enumerated() {
      try Self.check(layer, isBeforeConvolution: hasConvolutions && index < last)
    }

    let starts = weighted + [placed.count]
    var inputNorms = Self.norms(placed[..<weighted[0]]).later
    var found: [Layer] = []
    for (place, index) in weighted.enumerated() {
      // In a network with convolutions the linear layers behind them are no units.
      let after = placed[(index + 1)..<starts[place + 1]]
      let between = after.prefix { !($0.kind is LinearDescription) }
      let norms = Self.norms(between)
      let end = Self.end(of: index, before: between.endIndex, in: placed)
      let layer = placed[index]
      guard let weight = layer.weight else {
        throw DescriptionError(layer: layer.site, "a layer without weights")
      }
      let output = placed[end].output
      let hasActivation = placed[end].kind is ActivationDescription
      found.append(
        Layer(
          name: layer.site, width: weight.shape[0], output: output, site: placed[end].site,
          weights: [weight], inputNorms: inputNorms, outputNorms: norms.direct,
          recorded: 2 * output.count, end: end + 1, activation: hasActivation ? end : end + 1))
      inputNorms = norms.later
    }
    self.description = description
    outputs = hasConvolutions ? nil : found.removeLast()
    layers = found
    lastNorms = inputNorms
    flow = nil
    steps = placed.map { .layer($0) }
  }

  /// The network for images in place of vectors of their pixels, in PyTorch's order: channels, rows,
  /// columns.
  ///
  /// - Parameter image: H×W×C.
  /// - Throws: ``DescriptionError`` when the vectors have another number of elements.
  public func takingImages(_ image: Shape) throws(DescriptionError) -> UnitLayers {
    guard description.input == [image.count] else {
      throw DescriptionError("images \(image) in place of inputs \(description.input)")
    }
    return try UnitLayers(
      NetworkDescription(input: image, layers: [.flatten()] + description.layers))
  }

  /// The network for square images of another size.
  ///
  /// - Parameter side: rows and columns.
  /// - Throws: ``DescriptionError`` when it takes no images, or would need other parameters for these.
  public func resized(to side: Int) throws(DescriptionError) -> UnitLayers {
    let input = description.input
    guard input.rank == 3 else { throw DescriptionError("images in place of inputs \(input)") }
    let other = try NetworkDescription(input: [side, side, input[2]], layers: description.layers)
    for (own, other) in zip(description.outline.parameters, other.outline.parameters)
    where own.shape != other.shape {
      throw DescriptionError(
        "'\(own.name)' has shape \(own.shape), and for such images would need \(other.shape)")
    }
    return try UnitLayers(other)
  }

  /// Floating-point operations of a forward pass up to a unit layer, for one example.
  public func forwardOperations(through layer: Int) -> Double {
    steps[..<layers[layer].end].lazy.compactMap(\.layer).reduce(0) { sum, placed in
      placed.kind.parameters(name: placed.name, input: placed.input).reduce(sum) {
        $0 + $1.operations
      }
    }
  }

  /// Sites that are no outputs of layers, by the step that takes their value.
  var sites: [Int: String] {
    flow == nil
      ? [:] : Dictionary(uniqueKeysWithValues: layers.map { ($0.end, $0.site) })
  }

  /// Numbers of inputs, as vertices; nil for a network with convolutions, whose inputs are none.
  public var inputCount: Int? { outputs == nil ? nil : description.input.count }

  /// The unit layer of a name.
  public func layer(named name: String) -> Layer? { layers.first { $0.name == name } }

  /// The name that inputs have as vertices.
  public static let inputsName = "inputs"

  /// Names and numbers of the vertices of the network's graph, layer by layer: the inputs, all
  /// units, the outputs; of a network with convolutions the units alone.
  public func vertices(hasInputs: Bool = true) -> [(layer: String, count: Int)] {
    let inputs = (hasInputs ? inputCount : nil).map { [(layer: Self.inputsName, count: $0)] } ?? []
    return inputs + (layers + (outputs.map { [$0] } ?? [])).map { ($0.name, $0.width) }
  }

  /// Names and shapes of all parameters and running statistics, in the order of the layers: what a
  /// file of the network holds.
  public var tensorShapes: [(name: String, shape: Shape)] {
    steps.compactMap(\.layer).flatMap { layer in
      let parameters = layer.kind.parameters(name: layer.name, input: layer.input).map(\.outline)
      guard layer.kind is BatchNormDescription else {
        return parameters.map { ($0.name, $0.shape) }
      }
      let channels: Shape = [layer.input[layer.input.rank - 1]]
      let statistics = ["running_mean", "running_var"].map { (join(layer.name, $0), channels) }
      return parameters.map { ($0.name, $0.shape) } + statistics
    }
  }

  // MARK: - Parts

  private static func check(
    _ layer: PlacedLayer, isBeforeConvolution: Bool
  ) throws(DescriptionError) {
    switch layer.kind {
    case is LinearDescription where isBeforeConvolution:
      throw DescriptionError(layer: layer.site, "a linear layer before a convolution")
    case is LinearDescription where layer.input.rank != 1:
      throw DescriptionError(layer: layer.site, "a linear layer of inputs \(layer.input)")
    case is LinearDescription, is ConvolutionDescription, is BatchNormDescription,
      is ActivationDescription, is DropoutDescription, is PoolingDescription, is FlattenDescription:
      break
    case let map as RearrangementDescription where map.keepsChannels(of: layer.input): break
    default:
      throw DescriptionError(
        layer: layer.site, "a layer of the kind '\(layer.kind.title)' in a sequence of unit layers")
    }
  }

  /// The last layer that belongs to the outputs of a unit layer: its activation function, if there is
  /// one.
  private static func end(of index: Int, before limit: Int, in placed: [PlacedLayer]) -> Int {
    let after = placed[(index + 1)..<limit].prefix { !($0.kind is FlattenDescription) }
    return after.firstIndex { $0.kind is ActivationDescription } ?? index
  }

  /// Normalisations between two layers with weights: those that follow the first directly, and those
  /// behind an activation or pooling.
  private static func norms(
    _ between: ArraySlice<PlacedLayer>
  ) -> (direct: [Norm], later: [Norm]) {
    var (direct, later): ([Norm], [Norm]) = ([], [])
    var isDirect = true
    for layer in between {
      if let norm = layer.kind as? BatchNormDescription {
        let norm = Norm(name: layer.name, epsilon: norm.epsilon)
        if isDirect { direct.append(norm) } else { later.append(norm) }
      } else if !(layer.kind is DropoutDescription) {
        isDirect = false
      }
    }
    return (direct, later)
  }
}

extension PlacedLayer {
  /// The first of its weights.
  var weight: ParameterOutline? {
    kind.parameters(name: name, input: input).map(\.outline).first { $0.role == .weight }
  }
}
