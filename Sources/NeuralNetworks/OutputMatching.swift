import Autograd
import Tensors

/// The outputs of a network on some examples, to which those of the same network under masks are compared in
/// place of right answers.
///
/// The first pass over the examples notes its outputs, in the order in which a loss asks for them; a later pass
/// over the same examples is compared with them in the same order.
public final class OutputMatching<Scalar: TensorScalar> {
  private var outputs: [Tensor<Scalar>] = []
  /// The output that comes next; nil while outputs are noted.
  private var next: Int?

  /// Notes outputs.
  public init() {}

  /// From now on outputs are compared, beginning with the first.
  public func beginComparing() { next = 0 }

  /// The noted output that belongs to an output; nil while it is noted itself.
  func counterpart(of output: Tensor<Scalar>) -> Tensor<Scalar>? {
    guard let place = next else {
      outputs.append(output)
      return nil
    }
    require(
      place < outputs.count && outputs[place].shape == output.shape,
      "output \(place) of shape \(output.shape) has no counterpart")
    next = place + 1
    return outputs[place]
  }
}

extension ForwardPass {
  /// The mean loss of rows of logits: cross-entropy of the classes, or, where outputs are matched, divergence
  /// from those of the network without masks.
  ///
  /// Shapes: logits N×C, classes N (0 ≤ y < C) → scalar.
  public func loss(logits: Value<Scalar>, classes: [Int]) -> Value<Scalar> {
    if let own = matching?.counterpart(of: logits.tensor) {
      return graph.divergence(of: logits, from: own)
    }
    return graph.crossEntropy(logits: logits, classes: classes)
  }

  /// The same, weighted and summed over rows.
  ///
  /// Shapes: logits N×C, classes N (0 ≤ y < C), weights N → scalar.
  public func loss(
    logits: Value<Scalar>, classes: [Int], weights: [Double]
  ) -> Value<Scalar> {
    if let own = matching?.counterpart(of: logits.tensor) {
      return graph.divergence(of: logits, from: own, weights: weights)
    }
    return graph.crossEntropy(logits: logits, classes: classes, weights: weights)
  }

  /// The mean squared difference of outputs from right numbers, or, where outputs are matched, from those of
  /// the network without masks.
  ///
  /// Shapes: outputs any, numbers the same → scalar.
  public func loss(
    outputs: Value<Scalar>, numbers: @autoclosure () -> Tensor<Scalar>
  ) -> Value<Scalar> {
    let right = graph.constant(matching?.counterpart(of: outputs.tensor) ?? numbers())
    let difference = graph.subtract(outputs, right)
    return graph.mean(graph.multiply(difference, difference))
  }
}
