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
  }

  /// The network.
  public let description: NetworkDescription
  /// In the order in which they are computed; of the two ways of a sum, the body first.
  public private(set) var convolutions: [Convolution] = []
  /// The name of the first layer with weights behind all convolutions.
  public private(set) var endName = "outputs"

  /// The flow of a network.
  ///
  /// - Throws: ``DescriptionError`` for a network with fewer than two convolutions, or with a layer of a
  ///   kind whose channels have no numbers in common with those before it.
  public init(_ description: NetworkDescription) throws(DescriptionError) {
    self.description = description
    var way = Way()
    try walk(description.placed, &way)
    finish(way)
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

  /// Whose outputs a place of the network sees.
  private struct Way {
    var sources: [Int] = []
    /// The convolution whose outputs nothing but normalisations have changed.
    var direct: Int?
    var isAtEnd = false
  }

  private mutating func walk(
    _ layers: [PlacedLayer], _ way: inout Way
  ) throws(DescriptionError) {
    for layer in layers where !way.isAtEnd {
      switch layer.kind {
      case is ConvolutionDescription:
        guard let weight = layer.weight else {
          throw DescriptionError(layer: layer.site, "a layer without weights")
        }
        for source in way.sources { convolutions[source].takers.append(convolutions.count) }
        convolutions.append(Convolution(name: layer.site, weight: weight))
        way.sources = [convolutions.count - 1]
        way.direct = convolutions.count - 1
      case let norm as BatchNormDescription:
        if let direct = way.direct {
          convolutions[direct].norms.append(
            UnitLayers.Norm(name: layer.name, epsilon: norm.epsilon))
        } else {
          throw DescriptionError(layer: layer.site, "a normalisation that follows no convolution")
        }
      case let sum as ResidualDescription:
        var (body, shortcut) = (way, way)
        try walk(PlacedLayer.place(sum.body, prefix: layer.name, input: layer.input), &body)
        try walk(PlacedLayer.place(sum.shortcut, prefix: layer.name, input: layer.input), &shortcut)
        way.sources = Array(Set(body.sources + shortcut.sources)).sorted()
        way.direct = nil
      case is ActivationDescription, is PoolingDescription: way.direct = nil
      case is DropoutDescription: break
      case is FlattenDescription, is LinearDescription:
        if layer.kind is LinearDescription { endName = layer.site }
        finish(way)
        way.isAtEnd = layer.kind is LinearDescription
      default:
        throw DescriptionError(
          layer: layer.site, "a layer of the kind '\(layer.kind.title)' in a graph of convolutions")
      }
    }
  }

  private mutating func finish(_ way: Way) {
    for source in way.sources { convolutions[source].reachesEnd = true }
  }
}
