import Autograd
import Tensors

/// Changes parameters along their gradients.
///
/// An optimiser owns one list of parameters and per-parameter state of the same shapes, which it
/// changes in place. A gradient to which nothing was added counts as zero (moments still decay), as
/// after PyTorch's `zero_grad(set_to_none=False)`.
public protocol Optimizer<Scalar>: AnyObject {
  associatedtype Scalar: TensorScalar

  /// The parameters, in the order of the gradients.
  var parameters: [Parameter<Scalar>] { get }
  /// Steps taken so far.
  var stepCount: Int { get }
  /// The size of the next step; schedules set it before every step.
  var learningRate: Double { get set }

  /// Takes one step.
  ///
  /// - Parameters:
  ///   - gradients: one for each parameter.
  ///   - gradientScale: factor applied to all gradients first: the clipping coefficient, when the
  ///     gradients have not been scaled already.
  func step(gradients: [GradientBuffer<Scalar>], gradientScale: Double)

  /// The per-parameter state, for checkpoints: names such as `adam.m.layers.0.weight`.
  var state: [String: Tensor<Scalar>] { get }

  /// Continues from a checkpoint.
  ///
  /// - Parameters:
  ///   - stepCount: steps taken when the state was saved.
  ///   - state: at least the names of ``state``; further ones are ignored.
  /// - Throws: ``OptimizerStateError``; the optimiser is then unchanged.
  func restore(stepCount: Int, state: [String: Tensor<Scalar>]) throws(OptimizerStateError)
}

extension Optimizer {
  /// Takes one step along the collected gradients of a source.
  ///
  /// - Precondition: the source trains all parameters of this optimiser.
  public func step(_ source: TrainableParameters<Scalar>, gradientScale: Double = 1) {
    let gradients = parameters.map { parameter in
      guard let gradient = source.gradient(of: parameter) else {
        fatalError("\(parameter.name) is not trained by this source")
      }
      return gradient
    }
    step(gradients: gradients, gradientScale: gradientScale)
  }

  /// Takes one step along the gradients as they are.
  public func step(gradients: [GradientBuffer<Scalar>]) {
    step(gradients: gradients, gradientScale: 1)
  }
}

/// Why a checkpoint does not fit an optimiser.
public enum OptimizerStateError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A tensor is missing.
  case missing(name: String)
  /// A tensor has another shape than the parameter.
  case shape(name: String, expected: Shape, found: Shape)

  /// One line that names the tensor.
  public var description: String {
    switch self {
    case .missing(let name): "optimiser state '\(name)' is missing"
    case .shape(let name, let expected, let found):
      "optimiser state '\(name)' has shape \(found) instead of \(expected)"
    }
  }
}
