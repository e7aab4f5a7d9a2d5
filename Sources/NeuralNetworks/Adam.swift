import Autograd
import Tensors

/// Adam with bias correction and an optional L2 penalty.
///
/// g ← g + λ p; m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²
/// p ← p − lr · m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε)
///
/// Complexity: one pass over gradient, parameter and both moments; no allocation.
/// Reference: Kingma, Ba: Adam: a method for stochastic optimization (ICLR 2015), algorithm 1.
/// PyTorch equivalent: `torch.optim.Adam(parameters, lr, betas, eps, weight_decay)`.
public final class Adam<Scalar: TensorScalar>: Optimizer {
  /// The constants besides the learning rate.
  public struct Configuration: Sendable, Hashable {
    /// Decay of the first moment.
    public var beta1: Double
    /// Decay of the second moment.
    public var beta2: Double
    /// Added to the root of the second moment.
    public var epsilon: Double
    /// λ of the L2 penalty, added to the gradient.
    public var weightDecay: Double

    /// The constants; the defaults are those of the paper and of PyTorch.
    public init(
      beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0
    ) {
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
      self.weightDecay = weightDecay
    }
  }

  /// The parameters, in the order of the gradients.
  public let parameters: [Parameter<Scalar>]
  /// Steps taken so far.
  public private(set) var stepCount = 0
  /// The size of the next step.
  public var learningRate: Double
  /// The constants besides the learning rate.
  public let configuration: Configuration
  private var first: ParameterState<Scalar>
  private var second: ParameterState<Scalar>

  /// An optimiser with zero moments.
  ///
  /// - Precondition: the names of the parameters differ.
  public init(
    _ parameters: [Parameter<Scalar>], learningRate: Double = 1e-3,
    configuration: Configuration = Configuration()
  ) {
    self.parameters = parameters
    self.learningRate = learningRate
    self.configuration = configuration
    first = ParameterState(prefix: "adam.m", parameters)
    second = ParameterState(prefix: "adam.v", parameters)
  }

  /// Takes one step along the gradients, each multiplied by a factor first.
  public func step(gradients: [GradientBuffer<Scalar>], gradientScale: Double) {
    step(gradients: gradients, gradientOffset: 0, gradientScale: gradientScale)
  }

  /// Takes one step along the gradients, to all elements of which a constant is added and which are
  /// multiplied by a factor after that: the constant gradient of a linear regulariser need not exist
  /// in memory.
  ///
  /// - Returns: the constants of the step.
  @discardableResult
  public func step(
    gradients: [GradientBuffer<Scalar>], gradientOffset: Double, gradientScale: Double
  ) -> AdamCoefficients {
    require(
      gradients.count == parameters.count,
      "\(gradients.count) gradients for \(parameters.count) parameters")
    stepCount += 1
    let coefficients = AdamCoefficients(
      learningRate: learningRate, beta1: configuration.beta1, beta2: configuration.beta2,
      epsilon: configuration.epsilon, weightDecay: configuration.weightDecay, step: stepCount,
      gradientOffset: gradientOffset, gradientScale: gradientScale)
    for (position, parameter) in parameters.enumerated() {
      gradients[position].withTensor { gradient in
        parameter.value.adamStep(
          gradient: gradient, coefficients: coefficients, first: &first.tensors[position],
          second: &second.tensors[position])
      }
    }
    return coefficients
  }

  /// The moments: `adam.m.<parameter>` and `adam.v.<parameter>`.
  public var state: [String: Tensor<Scalar>] {
    first.named.merging(second.named) { moment, _ in moment }
  }

  /// Continues from a checkpoint.
  ///
  /// - Throws: ``OptimizerStateError``; nothing is changed then.
  public func restore(
    stepCount: Int, state: [String: Tensor<Scalar>]
  ) throws(OptimizerStateError) {
    let restored = (try first.restored(from: state), try second.restored(from: state))
    (first, second) = restored
    self.stepCount = stepCount
  }
}
