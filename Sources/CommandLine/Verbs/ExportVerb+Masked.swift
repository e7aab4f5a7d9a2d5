import ExperimentKit
import Store
import Tensors

extension ExportVerb {
  static let masked = Option(
    "masked", .text(placeholder: "STAGE", completion: .none), isRepeatable: true,
    "also write the network with the masks of a stage applied")

  /// The weights of a run with the masks of a stage applied, under the names that PyTorch loads strictly.
  ///
  /// - Throws: ``Failure``: data missing for a run without masks, usage for a stage that it does not
  ///   have, or corrupt when masks and weights do not belong together.
  static func maskedNetwork(
    of run: RunReference, stage: String
  ) throws -> (tensors: [String: StoredTensor], metadata: [String: String]) {
    let folder = run.folder.path
    let (weights, masks) = ("\(folder)/weights.safetensors", "\(folder)/masks.safetensors")
    guard Folder.exists(masks) else {
      throw Failure(
        .dataMissing, "\(folder) has no masks",
        why: "--masked applies the masks that a run has learned")
    }
    let file = try TensorFile.read(weights)
    var tensors = file.tensors
    let found = try StoredMasks(TensorFile.read(masks).tensors, path: masks).stage(stage)
    for (name, mask) in found.sorted(by: { $0.key < $1.key }) {
      guard case .float32(let weight)? = tensors[name], weight.shape == mask.shape else {
        throw Failure(
          .corrupt, "\(masks): the mask \(Failure.quote(name)) fits no weights",
          why: tensors[name].map { "the weights have shape \($0.shape), it has \(mask.shape)" }
            ?? "\(weights) has no such tensor")
      }
      tensors[name] = .float32(weight * mask.factors)
    }
    var metadata = TensorFile.metadataWithoutChecksums(file.metadata)
    metadata["masked"] = stage
    return (withSecondBiases(tensors), metadata)
  }

  /// Tensors of LSTM layers with the second bias that PyTorch has, of zeros: modlab has one.
  static func withSecondBiases(_ tensors: [String: StoredTensor]) -> [String: StoredTensor] {
    var result = tensors
    for (name, tensor) in tensors {
      guard let second = WeightFitting.secondBias(ofFirst: name), tensors[second] == nil,
        case .float32(let bias) = tensor
      else { continue }
      result[second] = .float32(Tensor(zeros: bias.shape))
    }
    return result
  }
}
