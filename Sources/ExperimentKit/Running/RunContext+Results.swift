import Store
import Tensors

extension RunContext {
  /// Stores the trained network and its masks: `weights.safetensors` and `masks.safetensors`.
  ///
  /// The files carry format, experiment, configuration hash, seed and, for masks, the stages. A run
  /// without a folder stores nothing.
  ///
  /// - Parameters:
  ///   - weights: Parameters by dotted name.
  ///   - masks: For every stage `<stage>/<parameter>` (U8, 0 or 1) and `<stage>/<parameter>.logit`.
  ///   - extras: Further metadata; they win over the standard ones.
  public func saveResults(
    weights: [String: Tensor<Float>], masks: [String: StoredTensor] = [:],
    extras: [String: String] = [:]
  ) throws {
    guard let folder else { return }
    func write(
      _ tensors: [String: StoredTensor], format: String, _ more: [String: String], to name: String
    ) throws {
      let metadata = header.metadata(format: format)
        .merging(more) { $1 }
        .merging(extras) { $1 }
      try Checkpoint.write(
        tensors, metadata: metadata, to: "\(folder)/\(name)", keepPrevious: false,
        operations: options.operations)
    }
    try write(
      weights.mapValues(StoredTensor.float32), format: "modlab-weights-1", [:],
      to: "weights.safetensors")
    guard !masks.isEmpty else { return }
    let stages = Set(masks.keys.compactMap { $0.split(separator: "/").first.map(String.init) })
    try write(
      masks, format: "modlab-masks-1", ["stages": stages.sorted().joined(separator: ",")],
      to: "masks.safetensors")
  }
}
