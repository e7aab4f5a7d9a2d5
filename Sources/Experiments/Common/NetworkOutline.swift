import ExperimentKit
import NeuralNetworks

/// A network without its numbers: what planning and `modlab describe` say about it, without building
/// it.
struct NetworkOutline: Sendable {
  /// The network's parameters, in its order.
  let parameters: [ParameterOutline]
  /// Shape of one input.
  let inputShape: [Int]
  /// Shape of one output.
  let outputShape: [Int]
  /// The kind of layer that a parameter belongs to.
  let kind: @Sendable (ParameterOutline) -> String
  /// How often a weight is multiplied per example: 1, or the number of time steps, or of places of
  /// an image.
  let uses: @Sendable (ParameterOutline) -> Double

  /// Floating-point operations of a forward pass for one example: a multiplication and an addition
  /// per weight and use.
  var forwardOperations: Double {
    parameters.reduce(0) { total, parameter in
      guard parameter.role == .weight else { return total }
      return total + 2 * Double(parameter.shape.count) * uses(parameter)
    }
  }

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
    let rows = parameters.map { parameter in
      Architecture.Row(
        layer: parameter.name, kind: kind(parameter), shape: parameter.shape.dimensions,
        parameters: parameter.shape.count, isMasked: isMasked(parameter),
        role: parameter.role.rawValue)
    }
    return Architecture(
      rows: rows, pretrainingOperationsPerStep: batch.map(trainingOperations) ?? 0,
      maskOperationsPerStep: maskBatch.map(trainingOperations) ?? 0, inputShape: inputShape,
      outputShape: outputShape)
  }
}

extension NetworkOutline {
  /// A feed-forward network.
  ///
  /// - Parameters:
  ///   - sizes: of inputs, hidden layers and outputs.
  ///   - calls: how often it is called per example.
  static func feedForward(sizes: [Int], calls: Int = 1) -> NetworkOutline {
    NetworkOutline(
      parameters: FeedForwardNetwork<Float>.outline(sizes: sizes),
      inputShape: sizes.first.map { [$0] } ?? [], outputShape: sizes.last.map { [$0] } ?? [],
      kind: { _ in "linear" }, uses: { _ in Double(calls) })
  }
}
