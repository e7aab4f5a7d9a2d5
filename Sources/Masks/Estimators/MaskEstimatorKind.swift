/// The estimators by the names that manifests give them.
public enum MaskEstimatorKind: String, Sendable, Hashable, CaseIterable {
  /// ``GumbelSigmoid``.
  case gumbelSigmoid = "gumbel-sigmoid"
  /// ``HardConcrete``.
  case hardConcrete = "hard-concrete"
  /// ``ContinuousSparsification``.
  case continuousSparsification = "continuous-sparsification"

  /// The estimator.
  ///
  /// - Parameters:
  ///   - temperature: τ of the Gumbel-sigmoid; the others have temperatures of their own.
  ///   - steps: the number of training steps, for the estimators that change along with them.
  public func estimator(temperature: Double = 1, steps: Int = 1) -> any MaskEstimator {
    switch self {
    case .gumbelSigmoid: GumbelSigmoid(temperature: temperature)
    case .hardConcrete: HardConcrete()
    case .continuousSparsification: ContinuousSparsification(steps: steps)
    }
  }
}
