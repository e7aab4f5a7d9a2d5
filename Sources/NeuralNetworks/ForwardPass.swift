import Autograd
import Tensors

/// Whether a network is being trained or judged.
public enum Phase: String, Sendable, Hashable {
  /// Dropout acts, and normalisation uses the statistics of the batch.
  case training
  /// Nothing is random, and normalisation uses its running statistics.
  case evaluation
}

/// The circumstances of one call of a network: where it computes, in which phase, from which
/// parameters.
///
/// There is no global state: everything a layer may depend on is here or in its arguments.
public struct ForwardPass<Scalar: TensorScalar> {
  /// Where operations are recorded.
  public let graph: Graph<Scalar>
  /// Training or evaluation.
  public let phase: Phase
  /// What is used in place of the parameters.
  public let source: any ParameterSource<Scalar>
  /// Where layers with randomness take their streams from; nil when there are no such layers.
  public let random: RandomSource?
  /// The training step, which selects the numbers of a random stream.
  public let step: Int

  /// A pass.
  public init(
    graph: Graph<Scalar>, phase: Phase = .evaluation, source: any ParameterSource<Scalar>,
    random: RandomSource? = nil, step: Int = 0
  ) {
    self.graph = graph
    self.phase = phase
    self.source = source
    self.random = random
    self.step = step
  }

  /// What stands for a parameter: its tensor, or with one more leading axis one tensor per weight
  /// sample.
  public func value(of parameter: Parameter<Scalar>) -> Value<Scalar> {
    source.value(of: parameter, on: graph)
  }

  /// A linear map with the parameters of this pass; see ``Autograd/Graph/linear(_:weight:bias:)``.
  public func linear(
    _ x: Value<Scalar>, weight: Parameter<Scalar>, bias: Parameter<Scalar>? = nil
  ) -> Value<Scalar> {
    source.linear(x, weight: weight, bias: bias, on: graph)
  }
}
