/// The estimators by the names that manifests give them.
public enum MaskEstimatorKind: String, Sendable, Hashable, CaseIterable {
  /// ``GumbelSigmoid``.
  case gumbelSigmoid = "gumbel-sigmoid"
  /// ``HardConcrete``.
  case hardConcrete = "hard-concrete"
  /// ``ContinuousSparsification``.
  case continuousSparsification = "continuous-sparsification"
  /// ``EdgePopup``.
  case edgePopup = "edge-popup"
  /// ``Magnitude``.
  case magnitude

  /// Whether the share of the gates that are kept is given and reached exactly.
  public var hasGivenSize: Bool { self == .edgePopup || self == .magnitude }

  /// The estimator.
  ///
  /// - Parameters:
  ///   - temperature: τ of the Gumbel-sigmoid; the others have temperatures of their own.
  ///   - steps: the number of training steps, for the estimators that change along with them.
  ///   - kept: the share of the gates that are kept, for those of which it is given.
  public func estimator(
    temperature: Double = 1, steps: Int = 1, kept: Double = 0.5
  ) -> any MaskEstimator {
    switch self {
    case .gumbelSigmoid: GumbelSigmoid(temperature: temperature)
    case .hardConcrete: HardConcrete()
    case .continuousSparsification: ContinuousSparsification(steps: steps)
    case .edgePopup: EdgePopup(kept: kept)
    case .magnitude: Magnitude(kept: kept)
    }
  }
}
