/// What the body of a loop tells about one step.
public struct StepReport {
  /// Loss of the step; the run stops as diverged when it is not finite.
  public var loss: Double
  /// Norm of the gradient where it is known; must be finite, too.
  public var gradientNorm: Double?
  /// Names the first tensor with a value that is not finite; asked only after a divergence.
  public var offender: (() -> String?)?

  /// Creates a report.
  public init(loss: Double, gradientNorm: Double? = nil, offender: (() -> String?)? = nil) {
    self.loss = loss
    self.gradientNorm = gradientNorm
    self.offender = offender
  }

  /// Whether loss and gradient norm are finite; after a step for which they are not, parameters
  /// should be left as they were, so that ``offender`` finds what came first.
  public var isFinite: Bool { loss.isFinite && (gradientNorm?.isFinite ?? true) }
}
