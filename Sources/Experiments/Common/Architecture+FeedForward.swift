import ExperimentKit
import NeuralNetworks

extension Architecture {
  /// Describes a feed-forward network of the given numbers of units without building it.
  ///
  /// Operations per step: 6 per weight and example (forward, gradient of the inputs, gradient of
  /// the weights), the same for mask training, which needs the weights' gradient to get the
  /// logits'.
  init(
    feedForward sizes: [Int], batch: Int, isMasked: (ParameterOutline) -> Bool
  ) {
    let rows = FeedForwardNetwork<Float>.outline(sizes: sizes).map { parameter in
      Row(
        layer: parameter.name, kind: "linear", shape: parameter.shape.dimensions,
        parameters: parameter.shape.count, isMasked: isMasked(parameter),
        role: parameter.role.rawValue)
    }
    let weights = rows.reduce(0) {
      $0 + ($1.role == ParameterRole.weight.rawValue ? $1.parameters : 0)
    }
    let operations = 6 * Double(weights) * Double(batch)
    self.init(
      rows: rows, pretrainingOperationsPerStep: operations, maskOperationsPerStep: operations,
      inputShape: sizes.first.map { [$0] } ?? [], outputShape: sizes.last.map { [$0] } ?? [])
  }
}
