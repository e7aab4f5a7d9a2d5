import Foundation

/// The χ² distribution.
public struct ChiSquared: Sendable, Equatable {
  /// Its degrees of freedom, above 0.
  public let degreesOfFreedom: Double

  /// The distribution with some degrees of freedom, above 0.
  public init(degreesOfFreedom: Double) {
    precondition(degreesOfFreedom > 0, "\(degreesOfFreedom) degrees of freedom")
    self.degreesOfFreedom = degreesOfFreedom
  }

  /// P(X ≥ x).
  ///
  /// SciPy equivalent: `scipy.stats.chi2.sf`.
  ///
  /// **Range**: 0 … 1; exact to about 12 digits as long as it is no subnormal number.
  /// **Edge cases**: NaN when x is.
  ///
  /// - Parameter x: 0 or above.
  public func upperTail(_ x: Double) -> Double { exp(logUpperTail(x)) }

  /// ln P(X ≥ x).
  ///
  /// SciPy equivalent: `scipy.stats.chi2.logsf`.
  ///
  /// - Parameter x: 0 or above.
  public func logUpperTail(_ x: Double) -> Double {
    GammaFunction.logUpperTail(degreesOfFreedom / 2, x / 2)
  }
}
