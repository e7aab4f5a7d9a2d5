import Tensors

/// What of the weights that a mask removes is brought back together, by one coefficient.
public enum RestoredUnit: String, Sendable, Hashable, CaseIterable {
  /// Single weights.
  case weight
  /// The elements of a parameter with one index along axis 0: the weights into a unit, a filter.
  case row
  /// A whole parameter.
  case layer

  /// Number of coefficients for a parameter.
  public func count(of shape: Shape) -> Int {
    switch self {
    case .weight: shape.count
    case .row: shape.rank == 0 ? 1 : shape[0]
    case .layer: 1
    }
  }
}
