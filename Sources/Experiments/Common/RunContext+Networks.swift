import ExperimentKit
import NeuralNetworks
import Store
import Tensors

extension RunContext {
  /// Stores a network and the masks of its stages.
  func save(_ network: some ParameterContainer<Float>, _ stages: [StageMasks]) throws {
    var masks: [String: StoredTensor] = [:]
    for stage in stages {
      for (name, logits) in stage.logits {
        masks["\(stage.name)/\(name).logit"] = .float32(logits)
        if let mask = stage.masks[name] {
          masks["\(stage.name)/\(name)"] = .uint8(mask.bits, mask.shape)
        }
      }
    }
    try saveResults(
      weights: network.parameters.reduce(into: [:]) { $0[$1.name] = $1.value }, masks: masks)
  }
}
