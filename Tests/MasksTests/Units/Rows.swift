import Masks
import NeuralNetworks

/// A gate for every row of a weight together with its bias: what a unit receives. Parameters of one
/// layer have the same name up to its last part.
struct Rows: MaskUnit {
  func groups(for parameters: [ParameterOutline]) -> [GateGroup] {
    let layers = Dictionary(grouping: parameters) { layer($0.name) }
    return parameters.filter { $0.role == .weight }.map { weight in
      let members = layers[layer(weight.name)] ?? []
      return GateGroup(
        name: layer(weight.name) + ".rows", shape: [weight.shape[0]],
        members: members.map { .init($0.name, .along(axis: 0, of: $0.shape)) })
    }
  }

  private func layer(_ name: String) -> String {
    name.split(separator: ".").dropLast().joined(separator: ".")
  }
}

/// Single weights within rows: both gates act on every weight.
struct RowsAndWeights: MaskUnit {
  func groups(for parameters: [ParameterOutline]) -> [GateGroup] {
    Rows().groups(for: parameters) + SingleWeights().groups(for: parameters)
  }
}
