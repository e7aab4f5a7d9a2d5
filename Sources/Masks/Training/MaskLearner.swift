import Autograd
import Tensors

/// What learns masks, alone or together with the weights: the part that reports on its progress.
public protocol MaskLearner<Scalar>: AnyObject {
  associatedtype Scalar: TensorScalar

  /// Takes one step, whose number selects the noise.
  func step(_ step: Int, loss: (MaskedCalls<Scalar>) -> Value<Scalar>) -> MaskStepReport

  /// The logits by the name of their group of gates.
  var logitTensors: [String: Tensor<Scalar>] { get }

  /// The finished masks.
  var masks: MaskSet { get }

  /// The gates that the finished masks keep, by group; nil when every weight has a gate of its own.
  var keptGates: MaskSet? { get }

  /// For every weight the smallest rank of the gates that act on it, by parameter name: what masks of other
  /// sizes are made by.
  var weightLogits: [String: Tensor<Scalar>] { get }

  /// How gates are drawn and pressed.
  var estimator: any MaskEstimator { get }

  /// The share of the masked weights that the finished masks keep, 0…1.
  var keptFraction: Double { get }

  /// The mean keep probability of the masked weights, 0…1.
  var meanKeepProbability: Double { get }

  /// Names the first tensor with a number that is not finite.
  var offender: String? { get }
}

extension MaskTrainer: MaskLearner {}

extension JointTrainer: MaskLearner {}
