import NeuralNetworks

/// A gate for all weights that read one input: column of a matrix, input channel of a kernel. What is no
/// weight has a gate for every element.
///
/// On the first layer it says which inputs are read.
public struct WeightColumns: MaskUnit, Hashable {
  /// Columns.
  public init() {}

  /// A group for each parameter, with its name.
  public func groups(for parameters: [ParameterOutline]) -> [GateGroup] {
    parameters.map { parameter in
      guard parameter.role == .weight, parameter.shape.rank > 1 else { return .single(parameter) }
      return GateGroup(
        name: parameter.name, shape: [parameter.shape[1]],
        members: [.init(parameter.name, .along(axis: 1, of: parameter.shape))])
    }
  }
}
