import Store
import Tensors

/// What `modlab predict` asks of a kind: a network, perhaps a mask, and inputs.
public struct PredictionRequest: Sendable {
  /// Trained parameters by dotted name.
  public var weights: [String: Tensor<Float>]
  /// Thresholded mask (0 or 1) of every masked parameter by dotted name; nil for no mask.
  public var masks: [String: Tensor<Float>]?
  /// Whether the masks are to be inverted; unmasked parameters keep their values.
  public var isInverted: Bool
  /// Units whose outputs are replaced by 0, by the dotted name of their layer.
  public var lesions: [String: [Int]]
  /// The input tensors by name, as read from the file.
  public var inputs: [String: StoredTensor]
  /// What messages call the weights, such as the path of their file.
  public var source: String
  /// Told in a sentence without a full stop what was changed in weights or inputs.
  public var note: @Sendable (String) -> Void

  /// Creates a request from tensors in memory.
  public init(
    weights: [String: Tensor<Float>], masks: [String: Tensor<Float>]? = nil,
    isInverted: Bool = false, lesions: [String: [Int]] = [:], inputs: [String: StoredTensor],
    source: String = "the weight file",
    note: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.weights = weights
    self.masks = masks
    self.isInverted = isInverted
    self.lesions = lesions
    self.inputs = inputs
    self.source = source
    self.note = note
  }

  /// The request with weights that fit a network: see ``WeightFitting``.
  ///
  /// - Parameter network: Names and shapes of the network's parameters and buffers, in its order.
  /// - Throws: ``Failure`` (corrupt) when weights and network do not fit each other.
  public func fitted(to network: [(name: String, shape: Shape)]) throws -> PredictionRequest {
    var result = self
    result.weights = try WeightFitting(network, source: source).fit(weights, note: note)
    return result
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
}
