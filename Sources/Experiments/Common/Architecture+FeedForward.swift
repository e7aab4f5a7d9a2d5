import ExperimentKit
import NeuralNetworks

extension Architecture {
  /// Describes a feed-forward network.
  ///
  /// Operations per step: 6 per weight and example (forward, gradient of the inputs, gradient of
  /// the weights), the same for mask training, which needs the weights' gradient to get the
  /// logits'.
  init(
    feedForward network: FeedForwardNetwork<Float>, batch: Int,
    isMasked: (Parameter<Float>) -> Bool
  ) {
    let rows = network.parameters.map { parameter in
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
      inputShape: network.layers.first.map { [$0.weight.shape[1]] } ?? [],
      outputShape: network.layers.last.map { [$0.weight.shape[0]] } ?? [])
  }
}
