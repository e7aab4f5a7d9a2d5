import Masks
import NeuralNetworks

/// Single weights within outputs: both gates act on every weight.
struct OutputsAndWeights: MaskUnit {
  let outputs: LayerOutputs

  func groups(for parameters: [ParameterOutline]) -> [GateGroup] {
    outputs.groups(for: parameters).map {
      GateGroup(
        name: $0.name.replacing("weight", with: "rows"), shape: $0.shape, members: $0.members)
    } + SingleWeights().groups(for: parameters)
  }
}
