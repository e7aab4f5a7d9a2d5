import Tensors

/// Which convolutions of an image network take the outputs of which: for networks with shortcuts, which
/// are no sequence of unit layers.
///
/// A way leads from one convolution to another when the outputs of the first reach the second through
/// normalisations, activation functions, pooling and sums, but through no third convolution. Channels keep
/// their numbers on it.
///
/// Reference: Hod, Filan, Casper, Critch, Russell: Quantifying local specialization in deep neural
/// networks, 2021, appendix A.2, and its published code.
public struct ConvolutionFlow: Sendable {
  /// A convolution.
  public struct Convolution: Sendable, Hashable {
    /// The dotted name: `layer1.0.conv1`.
    public let name: String
    /// K×C×R×R.
    public let weight: ParameterOutline
    /// Normalisations that follow it directly.
    public internal(set) var norms: [UnitLayers.Norm] = []
    /// Indices of the convolutions that take its outputs, ascending.
    public internal(set) var takers: [Int] = []
    /// Whether the layers behind all convolutions take its outputs.
    public internal(set) var reachesEnd = false
    /// Where its inputs are.
    let place: Place
  }

  /// A place in a network, before a step.
  struct Place: Sendable, Hashable {
    /// The number of the step.
    let step: Int
    /// The step of the activation function that the value went through last; the same as `step` where there
    /// was none.
    let activation: Int
    /// The shape of the value of one example.
    let shape: Shape
  }

  /// The network.
  public let description: NetworkDescription
  /// In the order in which they are computed; of the two ways of a sum, the body first.
  public private(set) var convolutions: [Convolution] = []
  /// The name of the first layer with weights behind all convolutions.
  public private(set) var endName = "outputs"
  /// The last place behind all convolutions where the value still is a map.
  private(set) var end = Place(step: 0, activation: 0, shape: [])

  /// The flow of a network.
  ///
  /// - Throws: ``DescriptionError`` for a network with fewer than two convolutions, or with a layer of a
  ///   kind whose channels have no numbers in common with those before it.
  public init(_ description: NetworkDescription) throws(DescriptionError) {
    try self.init(description, steps: NetworkStep.steps(of: description.placed))
  }

  init(_ description: NetworkDescription, steps: [NetworkStep]) throws(DescriptionError) {
    self.description = description
    try walk(steps)
    guard convolutions.count > 1 else {
      throw DescriptionError(
        "a network with \(convolutions.count) convolutions has no graph of them")
    }
  }

  /// Names and numbers of the vertices of the network's graph, group by group: the input channels of
  /// every convolution but the first, and the output channels of the last.
  ///
  /// A channel that several convolutions take is one vertex for each of them.
  public var vertices: [(layer: String, count: Int)] {
    let last = convolutions[convolutions.count - 1].weight.shape[0]
    return convolutions.dropFirst().map { ($0.name, $0.weight.shape[1]) } + [(endName, last)]
  }

  /// The number of pairs of vertices that slices of kernels join.
  public var edgeCount: Int {
    convolutions.dropFirst().reduce(0) { sum, convolution in
      let slices = convolution.weight.shape[0] * convolution.weight.shape[1]
      return sum + slices * (convolution.takers.count + (convolution.reachesEnd ? 1 : 0))
    }
  }

  /// The convolutions whose outputs come to a group of vertices.
  func sources(ofGroup group: Int) -> [Convolution] {
    convolutions.filter {
      $0.takers.contains(group + 1) || $0.reachesEnd && group == convolutions.count - 1
    }
  }

  /// Whose outputs a place of the network sees.
  private struct Way {
    var sources: [Int] = []
    /// The convolution whose outputs nothing but normalisations have changed.
    var direct: Int?
    /// The step of the last activation function.
    var activation: Int?
    var shape: Shape

    func place(_ step: Int) -> Place {
      Place(step: step, activation: activation ?? step, shape: shape)
    }
  }

  private mutating func walk(_ steps: [NetworkStep]) throws(DescriptionError) {
    var way = Way(shape: description.input)
    var kept: [Way] = []
    for (index, step) in steps.enumerated() {
      switch step {
      case .part: kept.append(way)
      case .turn:
        let shortcut = kept.removeLast()
        kept.append(way)
        way = shortcut
      case .meet:
        let body = kept.removeLast()
        way = Way(sources: Array(Set(body.sources + way.sources)).sorted(), shape: way.shape)
      case .layer(let layer):
        if kept.isEmpty, Self.endsMaps(layer) {
          end = way.place(index)
          for source in way.sources { convolutions[source].reachesEnd = true }
          endName =
            steps[index...].lazy.compactMap(\.layer).first { $0.weight != nil }?.site ?? endName
          return
        }
        try walk(layer, index, &way)
      }
    }
    end = way.place(steps.count)
    for source in way.sources { convolutions[source].reachesEnd = true }
  }

  private mutating func walk(
    _ layer: PlacedLayer, _ index: Int, _ way: inout Way
  ) throws(DescriptionError) {
    switch layer.kind {
    case is ConvolutionDescription:
      guard let weight = layer.weight else {
        throw DescriptionError(layer: layer.site, "a layer without weights")
      }
      for source in way.sources { convolutions[source].takers.append(convolutions.count) }
      convolutions.append(
        Convolution(name: layer.site, weight: weight, place: way.place(index)))
      way = Way(
        sources: [convolutions.count - 1], direct: convolutions.count - 1, shape: layer.output)
    case let norm as BatchNormDescription:
      guard let direct = way.direct else {
        throw DescriptionError(layer: layer.site, "a normalisation that follows no convolution")
      }
      convolutions[direct].norms.append(UnitLayers.Norm(name: layer.name, epsilon: norm.epsilon))
    case is ActivationDescription: (way.direct, way.activation) = (nil, index)
    case is PoolingDescription: way.direct = nil
    case is DropoutDescription: break
    default:
      throw DescriptionError(
        layer: layer.site, "a layer of the kind '\(layer.kind.title)' in a graph of convolutions")
    }
    way.shape = layer.output
  }

  /// Whether what a layer makes of a map is none any more.
  private static func endsMaps(_ layer: PlacedLayer) -> Bool {
    if case .globalMean? = layer.kind as? PoolingDescription { return true }
    return layer.kind is FlattenDescription || layer.kind is LinearDescription
  }
}
