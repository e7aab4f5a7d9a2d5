import Autograd
import Tensors

/// Stochastic gradient descent with optional momentum and L2 penalty.
///
/// g ← g + λ p; u ← μ u + g (u = g at the first step); p ← p − lr u
///
/// Complexity: one pass over gradient, parameter and velocity; no allocation.
/// PyTorch equivalent: `torch.optim.SGD(parameters, lr, momentum, weight_decay=λ)`.
public final class GradientDescent<Scalar: TensorScalar>: Optimizer {
  /// The parameters, in the order of the gradients.
  public let parameters: [Parameter<Scalar>]
  /// Steps taken so far.
  public private(set) var stepCount = 0
  /// The size of the next step.
  public var learningRate: Double
  /// μ.
  public let momentum: Double
  /// λ of the L2 penalty, added to the gradient.
  public let weightDecay: Double
  private var velocity: ParameterState<Scalar>

  /// An optimiser at rest.
  ///
  /// - Precondition: the names of the parameters differ.
  public init(
    _ parameters: [Parameter<Scalar>], learningRate: Double, momentum: Double = 0,
    weightDecay: Double = 0
  ) {
    self.parameters = parameters
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
    velocity = ParameterState(prefix: "sgd.velocity", parameters)
  }

  /// Takes one step along the gradients, each multiplied by a factor first.
  public func step(gradients: [GradientBuffer<Scalar>], gradientScale: Double) {
    require(
      gradients.count == parameters.count,
      "\(gradients.count) gradients for \(parameters.count) parameters")
    let coefficients = MomentumCoefficients(
      learningRate: learningRate, momentum: momentum, weightDecay: weightDecay,
      gradientScale: gradientScale, isFirstStep: stepCount == 0)
    stepCount += 1
    for (position, parameter) in parameters.enumerated() {
      gradients[position].withTensor { gradient in
        parameter.value.momentumStep(
          gradient: gradient, coefficients: coefficients, velocity: &velocity.tensors[position])
      }
    }
  }

  /// The velocities, `sgd.velocity.<parameter>`; none without momentum.
  public var state: [String: Tensor<Scalar>] { momentum == 0 ? [:] : velocity.named }

  /// Continues from a checkpoint.
  ///
  /// - Throws: ``OptimizerStateError``; nothing is changed then.
  public func restore(
    stepCount: Int, state: [String: Tensor<Scalar>]
  ) throws(OptimizerStateError) {
    if momentum != 0 { velocity = try velocity.restored(from: state) }
    self.stepCount = stepCount
  }
}
