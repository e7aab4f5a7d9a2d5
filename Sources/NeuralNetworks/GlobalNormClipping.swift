import Autograd
import Tensors

/// Scales gradients down so that the norm of all of them together does not exceed a bound.
///
/// norm = √(Σ_t ‖g_t‖²) in double precision; coefficient = bound / (norm + 1e-6), applied only if
/// below 1
///
/// Which gradients count is the caller's choice: those of the trained parameters only, or also the
/// never cleared accumulators of frozen parameters, which then are scaled along.
///
/// Edge cases: a norm that is not finite gives a coefficient that is 0 or not a number; callers
/// stop the run then.
/// PyTorch equivalent: `nn.utils.clip_grad_norm_(parameters, bound)`.
public struct GlobalNormClipping: Sendable, Hashable {
  /// The bound, greater than 0.
  public let maximumNorm: Double

  /// The norm found, and the factor by which gradients are to be multiplied.
  public struct Measurement: Sendable, Hashable {
    /// The norm before clipping.
    public let norm: Double
    /// At most 1.
    public let coefficient: Double
  }

  /// Clipping at a bound greater than 0.
  public init(maximumNorm: Double) {
    require(maximumNorm > 0, "the bound \(maximumNorm) of a norm is not positive")
    self.maximumNorm = maximumNorm
  }

  /// The factor for a norm that is known already.
  public func measure(norm: Double) -> Measurement {
    let coefficient = maximumNorm / (norm + 1e-6)
    return Measurement(norm: norm, coefficient: coefficient >= 1 ? 1 : coefficient)
  }

  /// The norm of gradients together and the factor for it, without changing them.
  ///
  /// For passing the coefficient on to ``Optimizer/step(gradients:gradientScale:)``, which saves a
  /// pass over the gradients.
  public func measure<Scalar>(_ gradients: [GradientBuffer<Scalar>]) -> Measurement {
    measure(norm: gradients.reduce(0) { $0 + $1.sumOfSquares }.squareRoot())
  }

  /// Measures gradients and scales them.
  @discardableResult
  public func apply<Scalar>(to gradients: [GradientBuffer<Scalar>]) -> Measurement {
    let measurement = measure(gradients)
    if measurement.coefficient != 1 {
      for gradient in gradients { gradient.scale(by: Scalar(measurement.coefficient)) }
    }
    return measurement
  }
}
