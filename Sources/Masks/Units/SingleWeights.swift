import NeuralNetworks

/// Every single weight has a gate of its own: the unit of the papers.
public struct SingleWeights: MaskUnit, Hashable {
  /// Single weights.
  public init() {}

  /// One group for each parameter, with its name and shape.
  public func groups(for parameters: [ParameterOutline]) -> [GateGroup] {
    parameters.map(GateGroup.single)
  }
}

extension GateGroup {
  /// A gate for every element of a parameter.
  static func single(_ parameter: ParameterOutline) -> GateGroup {
    GateGroup(
      name: parameter.name, shape: parameter.shape, members: [.init(parameter.name, .each)])
  }
}
