import NeuralNetworks

/// Every single weight has a gate of its own: the unit of the papers.
public struct SingleWeights: MaskUnit, Hashable {
  /// Single weights.
  public init() {}

  /// One group for each parameter, with its name and shape.
  public func groups(for parameters: [ParameterOutline]) -> [GateGroup] {
    parameters.map {
      GateGroup(name: $0.name, shape: $0.shape, members: [.init($0.name, .each)])
    }
  }
}
