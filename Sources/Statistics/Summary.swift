/// Mean, spread and confidence interval of one quantity over repetitions of an experiment.
///
/// A value that is not finite is no measurement: it is left out of all statistics, and counted.
///
/// **Edge cases**: everything but the counts is nil when there is no finite value; spread, standard
/// error and confidence interval are nil for a single one.
public struct Summary: Sendable, Equatable {
  /// Number of finite values.
  public let n: Int
  /// Number of values that were not finite, and of repetitions that gave no value at all.
  public let nFailed: Int
  /// Arithmetic mean.
  public let mean: Double?
  /// Unbiased standard deviation, sqrt(Σ (x − mean)² / (n − 1)).
  public let standardDeviation: Double?
  /// Standard error of the mean, standard deviation / sqrt(n).
  public let standardError: Double?
  /// Lower end of the 95 % confidence interval of the mean, from Student's t with n − 1 degrees of
  /// freedom.
  public let confidenceLow: Double?
  /// Upper end of the 95 % confidence interval of the mean.
  public let confidenceHigh: Double?
  /// The smallest value.
  public let minimum: Double?
  /// The largest value.
  public let maximum: Double?

  /// Summarises values in the given order.
  ///
  /// - Parameter failures: Repetitions without a value, added to ``nFailed``.
  /// - Complexity: O(n).
  public init(of values: [Double], failures: Int = 0) {
    precondition(failures >= 0, "\(failures) failures")
    let finite = values.filter(\.isFinite)
    n = finite.count
    nFailed = values.count - finite.count + failures
    minimum = finite.min()
    maximum = finite.max()
    guard let minimum, let maximum else {
      mean = nil
      standardDeviation = nil
      standardError = nil
      confidenceLow = nil
      confidenceHigh = nil
      return
    }
    let count = Double(finite.count)
    let center = Summary.mean(of: finite, between: minimum, and: maximum)
    mean = center
    guard finite.count > 1 else {
      standardDeviation = nil
      standardError = nil
      confidenceLow = nil
      confidenceHigh = nil
      return
    }
    let squares = PairwiseSum.sum(of: finite) { ($0 - center) * ($0 - center) }
    let deviation = (squares / (count - 1)).squareRoot()
    let error = deviation / count.squareRoot()
    let reach = StudentT(degreesOfFreedom: count - 1).quantile(0.975) * error
    standardDeviation = deviation
    standardError = error
    confidenceLow = center - reach
    confidenceHigh = center + reach
  }

  /// The median of the finite values: the middle one, or the mean of the two in the middle; nil when
  /// there is none.
  public static func median(of values: [Double]) -> Double? {
    let sorted = values.filter(\.isFinite).sorted()
    guard !sorted.isEmpty else { return nil }
    let (low, high) = (sorted[(sorted.count - 1) / 2], sorted[sorted.count / 2])
    return low == high ? low : low + (high - low) / 2
  }

  /// The quartiles of the finite values, the second of which is the median; nil when there is none.
  public static func quartiles(of values: [Double]) -> (q1: Double, median: Double, q3: Double)? {
    let sorted = values.filter(\.isFinite).sorted()
    guard !sorted.isEmpty else { return nil }
    func quantile(_ share: Double) -> Double { Summary.quantile(share, ofSorted: sorted) }
    return (quantile(0.25), quantile(0.5), quantile(0.75))
  }

  /// A quantile, linear between the order statistics, as NumPy's default.
  ///
  /// - Parameters:
  ///   - share: 0…1.
  ///   - sorted: at least one value, in ascending order.
  static func quantile(_ share: Double, ofSorted sorted: [Double]) -> Double {
    let place = share * Double(sorted.count - 1)
    let below = Int(place)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
  }

  /// The mean, corrected once for rounding, so that equal values have exactly their own mean.
  private static func mean(
    of values: [Double], between minimum: Double, and maximum: Double
  ) -> Double {
    let count = Double(values.count)
    var mean = PairwiseSum.sum(values) / count
    // The sum of huge values may overflow where their mean does not.
    if !mean.isFinite { mean = PairwiseSum.sum(of: values) { $0 / count } }
    let correction = PairwiseSum.sum(of: values) { $0 - mean } / count
    return min(max(mean + (correction.isFinite ? correction : 0), minimum), maximum)
  }
}
