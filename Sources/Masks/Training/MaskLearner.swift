import Autograd
import Tensors

/// What learns masks, alone or together with the weights: the part that reports on its progress.
public protocol MaskLearner<Scalar>: AnyObject {
  associatedtype Scalar: TensorScalar

  /// Takes one step, whose number selects the noise.
  func step(_ step: Int, loss: (MaskedCalls<Scalar>) -> Value<Scalar>) -> MaskStepReport

  /// The logits by parameter name.
  var logitTensors: [String: Tensor<Scalar>] { get }

  /// The share of the masked weights that the thresholded masks keep, 0…1.
  var keptFraction: Double { get }

  /// The mean keep probability σ(l), 0…1.
  var meanKeepProbability: Double { get }

  /// Names the first tensor with a number that is not finite.
  var offender: String? { get }
}

extension MaskTrainer: MaskLearner {}

extension JointTrainer: MaskLearner {}
