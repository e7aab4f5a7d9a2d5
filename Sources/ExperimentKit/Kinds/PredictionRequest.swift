import Store
import Tensors

/// What `modlab predict` asks of an experiment: a network, perhaps a mask, and inputs.
public struct PredictionRequest: Sendable {
  /// Trained parameters by dotted name.
  public var weights: [String: Tensor<Float>]
  /// Thresholded mask (0 or 1) of every masked parameter by dotted name; nil for no mask.
  public var masks: [String: Tensor<Float>]?
  /// Whether the masks are to be inverted; unmasked parameters keep their values.
  public var isInverted: Bool
  /// The input tensors by name, as read from the file.
  public var inputs: [String: StoredTensor]

  /// Creates a request from tensors in memory.
  public init(
    weights: [String: Tensor<Float>], masks: [String: Tensor<Float>]? = nil,
    isInverted: Bool = false, inputs: [String: StoredTensor]
  ) {
    self.weights = weights
    self.masks = masks
    self.isInverted = isInverted
    self.inputs = inputs
  }

  /// The mask values that take effect: those of ``masks``, inverted when that is asked for.
  public var effectiveMasks: [String: Tensor<Float>]? {
    guard isInverted, let masks else { return masks }
    return masks.mapValues { mask in
      Tensor(mask.scalars.map { 1 - $0 }, shape: mask.shape)
    }
  }

  /// The parameters with which the network computes: weights multiplied by the effective masks.
  ///
  /// - Throws: ``Failure`` when a mask has no parameter or another shape.
  public func effectiveWeights() throws -> [String: Tensor<Float>] {
    guard let masks = effectiveMasks else { return weights }
    var result = weights
    for (name, mask) in masks.sorted(by: { $0.key < $1.key }) {
      guard let weight = weights[name] else {
        throw Failure(
          .corrupt, "the mask \(Failure.quote(name)) belongs to no parameter of the network",
          help: Suggestion.help(for: name, among: weights.keys))
      }
      guard weight.shape == mask.shape else {
        throw Failure(
          .corrupt, "the mask \(Failure.quote(name)) has shape \(mask.shape)",
          why: "the parameter has shape \(weight.shape)")
      }
      result[name] = weight * mask
    }
    return result
  }

  /// Selects the masks of one stage from the tensors of a mask file.
  ///
  /// - Throws: ``Failure`` with a suggestion when the file has no such stage.
  public static func masks(
    ofStage stage: String, in tensors: [String: StoredTensor], file: String
  ) throws -> [String: Tensor<Float>] {
    var masks: [String: Tensor<Float>] = [:]
    var stages: Set<String> = []
    for (name, tensor) in tensors {
      guard let slash = name.firstIndex(of: "/"), !name.hasSuffix(".logit") else { continue }
      stages.insert(String(name[..<slash]))
      guard name[..<slash] == stage else { continue }
      let bits: [UInt8]
      let shape: Shape
      switch tensor {
      case .uint8(let values, let size), .bool(let values, let size): (bits, shape) = (values, size)
      default:
        throw Failure(
          .corrupt, "\(file): \(Failure.quote(name)) is no mask",
          why: "it has type \(tensor.elementType.rawValue), masks have U8")
      }
      masks[String(name[name.index(after: slash)...])] =
        Tensor(bits.map { $0 == 0 ? 0 : 1 }, shape: shape)
    }
    guard !masks.isEmpty else {
      throw Failure(
        .usage, "\(file) has no masks of a stage \(Failure.quote(stage))",
        why: "it has \(stages.sorted().joined(separator: ", "))",
        help: Suggestion.help(for: stage, among: stages))
    }
    return masks
  }
}
