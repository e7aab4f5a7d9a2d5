import ExperimentKit
import NeuralNetworks

extension Architecture {
  /// Describes a network by its parameters, without building it.
  ///
  /// Operations per step: 6 per weight, example and use (forward, gradient of the inputs, gradient of
  /// the weights), the same for mask training, which needs the weights' gradient to get the logits'.
  ///
  /// - Parameters:
  ///   - parameters: those of the network, in its order.
  ///   - batch: examples per step.
  ///   - inputShape: of one example.
  ///   - outputShape: of one example.
  ///   - isMasked: which parameters get masks.
  ///   - kind: the kind of layer that a parameter belongs to.
  ///   - uses: how often a weight is multiplied per example: 1, or the number of time steps, or of
  ///     places of an image.
  init(
    parameters: [ParameterOutline], batch: Int, inputShape: [Int], outputShape: [Int],
    isMasked: (ParameterOutline) -> Bool, kind: (ParameterOutline) -> String,
    uses: (ParameterOutline) -> Double
  ) {
    let rows = parameters.map { parameter in
      Row(
        layer: parameter.name, kind: kind(parameter), shape: parameter.shape.dimensions,
        parameters: parameter.shape.count, isMasked: isMasked(parameter),
        role: parameter.role.rawValue)
    }
    let operations = parameters.reduce(0.0) { total, parameter in
      guard parameter.role == .weight else { return total }
      return total + 6 * Double(parameter.shape.count) * uses(parameter) * Double(batch)
    }
    self.init(
      rows: rows, pretrainingOperationsPerStep: operations, maskOperationsPerStep: operations,
      inputShape: inputShape, outputShape: outputShape)
  }
}
