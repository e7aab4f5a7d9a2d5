/// What of a network are the vertices of its graph.
public enum UnitStructure: Sendable {
  /// Unit layers, one after the other.
  case layers(UnitLayers)
  /// Convolutions with shortcuts around them.
  case flow(ConvolutionFlow)

  /// The structure of a network.
  ///
  /// - Throws: ``DescriptionError`` for a network that is neither.
  public init(_ description: NetworkDescription) throws(DescriptionError) {
    let hasShortcuts = description.layers.contains { $0.kind is ResidualDescription }
    self =
      hasShortcuts
      ? .flow(try ConvolutionFlow(description)) : .layers(try UnitLayers(description))
  }

  /// The layers.
  public var description: NetworkDescription {
    switch self {
    case .layers(let units): units.description
    case .flow(let flow): flow.description
    }
  }

  /// Names and numbers of the vertices, group by group.
  ///
  /// - Parameter hasInputs: whether the inputs of a network without convolutions are vertices.
  public func vertices(hasInputs: Bool = true) -> [(layer: String, count: Int)] {
    switch self {
    case .layers(let units): units.vertices(hasInputs: hasInputs)
    case .flow(let flow): flow.vertices
    }
  }
}
