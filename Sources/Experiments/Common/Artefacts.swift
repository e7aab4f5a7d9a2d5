import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

extension Artefact {
  /// The trained network.
  static let weights = Artefact(
    "weights.safetensors", format: "modlab-weights-1",
    "the trained parameters by their dotted names, with running statistics where there are any")

  /// The learned masks.
  static let masks = Artefact(
    "masks.safetensors", format: "modlab-masks-1",
    "for every stage `<stage>/<parameter>`, 1 where a weight is kept, and "
      + "`<stage>/<parameter>.logit`; the stages are named in the metadata")
}

extension Artefact {
  /// Masks for comparison.
  static let controlMasks = Artefact(
    "control-masks.safetensors", format: "modlab-masks-1",
    "masks that were learned for comparison, as in `masks.safetensors`: of stages once more "
      + "(`<stage>-repeat-1`, …), and of functions that the network never learned (`never-…`)")
}

extension RunContext {
  /// Stores a network, with what it changed by itself in training.
  func save(
    _ network: some ParameterContainer<Float>, buffers: [StateBuffer<Float>] = []
  ) throws {
    var weights = network.parameters.reduce(into: [:]) { $0[$1.name] = $1.value }
    for buffer in buffers { weights[buffer.name] = buffer.value }
    try save(.weights, weights.mapValues(StoredTensor.float32))
  }

  /// Stores the masks of some stages.
  func save(_ stages: [StageMasks]) throws { try save(stages, as: .masks) }

  /// Stores masks that were learned for comparison.
  func saveControls(_ stages: [StageMasks]) throws { try save(stages, as: .controlMasks) }

  private func save(_ stages: [StageMasks], as artefact: Artefact) throws {
    var masks: [String: StoredTensor] = [:]
    for stage in stages {
      for (name, logits) in stage.logits {
        masks["\(stage.name)/\(name).logit"] = .float32(logits)
      }
      for (name, mask) in stage.masks.masks {
        masks["\(stage.name)/\(name)"] = .uint8(mask.bits, mask.shape)
      }
    }
    let names = stages.map(\.name).sorted().joined(separator: ",")
    try save(artefact, masks, metadata: ["stages": names])
  }
}
