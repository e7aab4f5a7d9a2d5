/// The estimators by the names that manifests give them.
public enum MaskEstimatorKind: String, Sendable, Hashable, CaseIterable {
  /// ``GumbelSigmoid``.
  case gumbelSigmoid = "gumbel-sigmoid"

  /// The estimator.
  ///
  /// - Parameter temperature: τ, for the estimators that have one.
  public func estimator(temperature: Double = 1) -> any MaskEstimator {
    switch self {
    case .gumbelSigmoid: GumbelSigmoid(temperature: temperature)
    }
  }
}
