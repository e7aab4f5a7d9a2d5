import ExperimentKit
import NeuralNetworks
import Store
import Tensors

extension RunContext {
  /// Stores a network, with what it changed by itself in training, and the masks of its stages.
  func save(
    _ network: some ParameterContainer<Float>, buffers: [StateBuffer<Float>] = [],
    _ stages: [StageMasks]
  ) throws {
    var masks: [String: StoredTensor] = [:]
    for stage in stages {
      for (name, logits) in stage.logits {
        masks["\(stage.name)/\(name).logit"] = .float32(logits)
        if let mask = stage.masks[name] {
          masks["\(stage.name)/\(name)"] = .uint8(mask.bits, mask.shape)
        }
      }
    }
    var weights = network.parameters.reduce(into: [:]) { $0[$1.name] = $1.value }
    for buffer in buffers { weights[buffer.name] = buffer.value }
    try saveResults(weights: weights, masks: masks)
  }
}
