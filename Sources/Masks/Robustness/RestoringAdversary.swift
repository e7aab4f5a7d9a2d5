import Autograd
import NeuralNetworks
import Tensors

/// Brings removed weights back so that the loss on a batch grows: projected gradient ascent on the
/// coefficients of ``RemovedWeights``,
///
///     r ← clamp(r + η sign(∂L/∂r), 0, 1)
///
/// One coefficient for each layer separates masks of functions that a network has learned from masks that
/// make it compute another one. One for each row or weight destroys every mask within some twenty steps,
/// and tells nothing.
///
/// Reference for the attack: Madry, Makelov, Schmidt, Tsipras, Vladu: Towards deep learning models
/// resistant to adversarial attacks (ICLR 2018), section 2.1.
public struct RestoringAdversary<Scalar: TensorScalar> {
  /// η.
  public static var stepSize: Double { 0.1 }

  private let removed: RemovedWeights<Scalar>

  /// An adversary for masks.
  public init(_ removed: RemovedWeights<Scalar>) { self.removed = removed }

  /// Raises the loss.
  ///
  /// - Parameters:
  ///   - start: the coefficients before the first step.
  ///   - budgets: numbers of steps after which the coefficients are given back.
  ///   - loss: the task's loss on one and the same batch.
  /// - Returns: the coefficients after each of the budgets, in their order.
  public func attack(
    from start: RemovedWeights<Scalar>.Coefficients, budgets: [Int],
    loss: (MaskedCalls<Scalar>) -> Value<Scalar>
  ) -> [RemovedWeights<Scalar>.Coefficients] {
    var coefficients = start
    var found = [0: start]
    let graph = Graph<Scalar>()
    for step in 0..<(budgets.max() ?? 0) {
      graph.reset()
      let source = VariedParameters(removed.weights(coefficients))
      graph.backward(from: loss(MaskedCalls(graph: graph, source: source, step: step)))
      for (name, slopes) in removed.gradients(source.gradients(on: graph)) {
        coefficients[name]?.withUnsafeMutableBufferPointer { r in
          for (unit, slope) in slopes.enumerated() {
            // A slope that is no number moves nothing.
            let move = slope > 0 ? Self.stepSize : slope < 0 ? -Self.stepSize : 0
            r[unit] = Scalar(min(max(Double(r[unit]) + move, 0), 1))
          }
        }
      }
      found[step + 1] = coefficients
    }
    return budgets.compactMap { found[$0] }
  }
}

/// Tensors in the place of some parameters, as leaves of a tape. Each is one leaf, however often the
/// network uses it.
private final class VariedParameters<Scalar: TensorScalar>: ParameterSource {
  private let tensors: [String: Tensor<Scalar>]
  private var values: [String: Value<Scalar>] = [:]

  init(_ tensors: [String: Tensor<Scalar>]) { self.tensors = tensors }

  func value(of parameter: Parameter<Scalar>, on graph: Graph<Scalar>) -> Value<Scalar> {
    guard let tensor = tensors[parameter.name] else { return graph.constant(parameter.value) }
    if let value = values[parameter.name] { return value }
    let value = graph.variable(tensor)
    values[parameter.name] = value
    return value
  }

  func gradients(on graph: Graph<Scalar>) -> [String: Tensor<Scalar>] {
    values.compactMapValues { graph.gradient(of: $0) }
  }
}
