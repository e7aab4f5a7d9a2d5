import Autograd
import NeuralNetworks
import Tensors

/// The logits of one group of gates, their gradient and their noise.
struct MaskLogits<Scalar: TensorScalar> {
  /// What the gates act on.
  let group: GateGroup
  /// The logits, named like the group.
  let parameter: Parameter<Scalar>
  /// That of all logits; nil when they are not trained.
  private let wholeGradient: GradientBuffer<Scalar>?
  /// What of a matrix has not left the products; nil when all of it stays.
  let live: LiveWeights<Scalar>?
  private let stream: RandomStream

  /// Logits that start from given values.
  ///
  /// The noise comes from the stream `mask-noise/<stage>/<group>`.
  ///
  /// - Parameter dropsDeadWeights: whether rows and columns leave the products when no mask keeps
  ///   anything of them any more.
  /// - Precondition: one for each gate of the group.
  init(
    of group: GateGroup, start: Tensor<Scalar>, isTrained: Bool = true,
    dropsDeadWeights: Bool = false, stage: String, random: RandomSource
  ) {
    require(start.shape == group.shape, "logits \(start.shape) for \(group.name) \(group.shape)")
    self.group = group
    parameter = Parameter(name: group.name, role: .weight, value: start)
    wholeGradient = isTrained ? GradientBuffer(shape: group.shape) : nil
    let isMatrix = group.shape.rank == 2 && group.weightsPerGate == nil
    live = dropsDeadWeights && isMatrix ? LiveWeights(of: group.shape) : nil
    stream = random.stream("mask-noise/\(stage)/\(group.name)")
  }

  /// All logits, of which those that have left wait to catch up; see ``SettledLogits``.
  var value: Tensor<Scalar> { parameter.value }

  /// What is trained: all logits, or the block of those that have not left.
  var trained: Parameter<Scalar> { live?.logits?.parameter ?? parameter }
  /// The gradient of what is trained; nil when the logits are not.
  var gradient: GradientBuffer<Scalar>? { live?.logits?.gradient ?? wholeGradient }

  /// The logits in double precision.
  func numbers() -> [Double] { value.scalars.map(Double.init) }

  /// What is trained on a tape: a leaf, or a constant when the logits are not trained.
  func value(on graph: Graph<Scalar>) -> Value<Scalar> {
    gradient.map { graph.variable(trained.value, accumulatingInto: $0) }
      ?? graph.constant(trained.value)
  }

  /// The noise of one call of the network within a step; the calls of a step lie 2¹⁶ parts apart.
  func noise(step: Int, call: Int) -> RandomStream.Position {
    stream.at(step: step, part: call << 16)
  }
}
