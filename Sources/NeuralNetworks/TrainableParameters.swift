import Autograd
import Tensors

/// Makes the listed parameters leaves of the graph and collects their gradients; all others are
/// constants.
///
/// ```swift
/// let trained = TrainableParameters(network.parameters)
/// let optimizer = Adam(network.parameters)
/// for step in 0..<steps {
///   graph.reset()
///   trained.clearGradients()
///   let pass = ForwardPass(graph: graph, phase: .training, source: trained, step: step)
///   let logits = network.forward(graph.constant(inputs), in: pass)
///   graph.backward(from: graph.crossEntropy(logits: logits, classes: classes))
///   let clipping = GlobalNormClipping(maximumNorm: 1).measure(trained.gradients)
///   optimizer.step(trained, gradientScale: clipping.coefficient)
/// }
/// ```
public final class TrainableParameters<Scalar: TensorScalar>: ParameterSource {
  /// The trained parameters.
  public let parameters: [Parameter<Scalar>]
  /// Their gradients, in the same order.
  public let gradients: [GradientBuffer<Scalar>]
  private let positions: [ObjectIdentifier: Int]

  /// A source that trains the given parameters.
  ///
  /// - Precondition: no parameter is listed twice.
  public init(_ parameters: [Parameter<Scalar>]) {
    self.parameters = parameters
    gradients = parameters.map { GradientBuffer(shape: $0.shape) }
    positions = Dictionary(
      parameters.enumerated().map { (ObjectIdentifier($1), $0) },
      uniquingKeysWith: { first, _ in first })
    require(positions.count == parameters.count, "a parameter is listed twice")
  }

  /// A leaf for a trained parameter, a constant for another one.
  public func value(of parameter: Parameter<Scalar>, on graph: Graph<Scalar>) -> Value<Scalar> {
    guard let position = positions[ObjectIdentifier(parameter)] else {
      return graph.constant(parameter.value)
    }
    return graph.variable(parameter.value, accumulatingInto: gradients[position])
  }

  /// The gradient of a trained parameter, or nil for another one.
  public func gradient(of parameter: Parameter<Scalar>) -> GradientBuffer<Scalar>? {
    positions[ObjectIdentifier(parameter)].map { gradients[$0] }
  }

  /// Forgets the gradients of the last step.
  public func clearGradients() {
    for gradient in gradients { gradient.clear() }
  }
}
