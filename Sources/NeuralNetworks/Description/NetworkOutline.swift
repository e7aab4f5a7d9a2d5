import Tensors

/// A parameter of a layer that is not built, and how much work it makes.
public struct ParameterUse: Sendable, Hashable {
  /// Name, role and shape.
  public let outline: ParameterOutline
  /// How often it is used for one example: 1, or the number of steps of a sequence or of places of
  /// an image; a mean where examples differ.
  public let uses: Double

  /// A parameter that is used a number of times for every example.
  public init(_ outline: ParameterOutline, uses: Double) {
    self.outline = outline
    self.uses = uses
  }

  /// Floating-point operations for one example: a multiplication and an addition per weight and
  /// use. Those of biases and scales, and looking up token vectors, do not count.
  public var operations: Double {
    outline.role == .weight ? 2 * Double(outline.shape.count) * uses : 0
  }
}

/// A layer without its numbers, at its place in a network.
public struct LayerOutline: Sendable, Hashable {
  /// The name, which is also that of the site of its output.
  public let name: String
  /// The kind of layer: `linear`, `max-pooling`, `lstm`.
  public let kind: String
  /// The shape of one example's input.
  public let input: Shape
  /// The shape of one example's output.
  public let output: Shape
  /// The parameters in their order.
  public let parameters: [ParameterUse]
  /// Sites within the layer, such as hidden states, besides that of its output.
  public let innerSites: [String]

  /// An outline from its parts.
  public init(
    name: String, kind: String, input: Shape, output: Shape, parameters: [ParameterUse],
    innerSites: [String] = []
  ) {
    self.name = name
    self.kind = kind
    self.input = input
    self.output = output
    self.parameters = parameters
    self.innerSites = innerSites
  }

  /// Names of the parameters.
  public var parameterNames: [String] { parameters.map(\.outline.name) }
}

/// A network without its numbers: all that is said about it before it is built, and without
/// building it.
///
/// A manifest may describe a network that no machine can hold; planning must not try.
public struct NetworkOutline: Sendable, Hashable {
  /// The layers, in the order of the parameters.
  public let layers: [LayerOutline]
  /// The shape of one input.
  public let input: Shape
  /// The shape of one output.
  public let output: Shape
  /// Whether an output layer is applied to states of a recurrence, so that ``OutputGroups`` make a
  /// difference.
  public let readsSteps: Bool

  /// An outline from its parts.
  public init(layers: [LayerOutline], input: Shape, output: Shape, readsSteps: Bool = false) {
    self.layers = layers
    self.input = input
    self.output = output
    self.readsSteps = readsSteps
  }

  /// The network's parameters, in its order.
  public var parameters: [ParameterOutline] {
    layers.flatMap { $0.parameters.map(\.outline) }
  }

  /// Number of learned scalars.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.shape.count } }

  /// The names of all sites, in the order of the layers; see ``Sites``.
  public var sites: [String] { layers.flatMap { $0.innerSites + [$0.name] } }

  /// The layers with weights that are multiplied, first to last.
  public var weighted: [LayerOutline] {
    layers.filter { layer in layer.parameters.contains { $0.outline.role == .weight } }
  }

  /// Floating-point operations of a forward pass for one example; see ``ParameterUse/operations``.
  public var forwardOperations: Double {
    layers.lazy.flatMap(\.parameters).reduce(0) { $0 + $1.operations }
  }

  /// The outline of a network that is called several times for every example.
  public func called(times calls: Int) -> NetworkOutline {
    NetworkOutline(
      layers: layers.map { layer in
        LayerOutline(
          name: layer.name, kind: layer.kind, input: layer.input, output: layer.output,
          parameters: layer.parameters.map {
            ParameterUse($0.outline, uses: Double(calls) * $0.uses)
          }, innerSites: layer.innerSites)
      }, input: input, output: output, readsSteps: readsSteps)
  }
}

extension Sequence<LayerOutline> {
  /// Names of all parameters of the layers, or of those of a role.
  public func parameterNames(role: ParameterRole? = nil) -> Set<String> {
    Set(
      flatMap { layer in
        layer.parameters.map(\.outline).filter { role == nil || $0.role == role }.map(\.name)
      })
  }
}
