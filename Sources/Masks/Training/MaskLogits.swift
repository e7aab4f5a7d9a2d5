import Autograd
import NeuralNetworks
import Tensors

/// The logits of the masks of one parameter, their gradient and their noise.
struct MaskLogits<Scalar: TensorScalar> {
  /// Named like the masked parameter.
  let parameter: Parameter<Scalar>
  /// nil when the logits are not trained.
  let gradient: GradientBuffer<Scalar>?
  private let stream: RandomStream

  /// Logits that start from given values.
  ///
  /// The noise comes from the stream `mask-noise/<stage>/<parameter>`.
  /// - Precondition: one for each element of the parameter.
  init(
    for parameter: Parameter<Scalar>, start: Tensor<Scalar>, isTrained: Bool = true, stage: String,
    random: RandomSource
  ) {
    precondition(start.shape == parameter.shape, "logits \(start.shape) for \(parameter.shape)")
    self.parameter = Parameter(
      name: parameter.name, role: parameter.role, value: start)
    gradient = isTrained ? GradientBuffer(shape: parameter.shape) : nil
    stream = random.stream("mask-noise/\(stage)/\(parameter.name)")
  }

  var value: Tensor<Scalar> { parameter.value }

  /// The logits on a tape: a leaf, or a constant when they are not trained.
  func value(on graph: Graph<Scalar>) -> Value<Scalar> {
    gradient.map { graph.variable(value, accumulatingInto: $0) } ?? graph.constant(value)
  }

  /// The noise of one call of the network within a step; the calls of a step lie 2¹⁶ parts apart.
  func noise(step: Int, call: Int) -> RandomStream.Position {
    stream.at(step: step, part: call << 16)
  }
}
