import ExperimentKit
import NeuralNetworks

extension NetworkOutline {
  /// Floating-point operations of a step of training: besides the forward pass, the gradients of the
  /// inputs and of the weights. The same for masks, which need the weights' gradient to get the
  /// logits'.
  func trainingOperations(batch: Int) -> Double { 3 * forwardOperations * Double(batch) }

  /// What `modlab describe` prints.
  ///
  /// - Parameters:
  ///   - batch: examples per step of pre-training; nil when there is none.
  ///   - maskBatch: examples per step of mask training; nil when there is none.
  ///   - isMasked: which parameters get masks.
  func architecture(
    batch: Int?, maskBatch: Int?, isMasked: (ParameterOutline) -> Bool
  ) -> Architecture {
    let rows = layers.flatMap { layer in
      layer.parameters.map(\.outline).map { parameter in
        Architecture.Row(
          layer: parameter.name, kind: layer.kind, shape: parameter.shape.dimensions,
          parameters: parameter.shape.count, isMasked: isMasked(parameter),
          role: parameter.role.rawValue)
      }
    }
    return Architecture(
      rows: rows, pretrainingOperationsPerStep: batch.map(trainingOperations) ?? 0,
      maskOperationsPerStep: maskBatch.map(trainingOperations) ?? 0, inputShape: input.dimensions,
      outputShape: output.dimensions)
  }
}
