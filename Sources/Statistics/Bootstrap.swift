/// Intervals of a mean from samples drawn with replacement from the values.
///
/// Reference: Efron, Tibshirani: An introduction to the bootstrap (1993), section 13.3, the percentile
/// interval.
public enum Bootstrap {
  /// The interval between the percentiles of the means of the resamples.
  ///
  /// SciPy equivalent: `scipy.stats.bootstrap(…, method='percentile')`, for given resamples.
  ///
  /// **Edge cases**: values that are not finite are left out; nil for fewer than two values.
  ///
  /// - Parameters:
  ///   - values: the sample.
  ///   - confidence: share of the resamples within, between 0 and 1.
  ///   - resamples: how many are drawn.
  ///   - indices: the indices, below the given bound and as many, of a resample's members.
  public static func interval(
    ofMeanOf values: [Double], confidence: Double = 0.95, resamples: Int = 2000,
    indices: (_ resample: Int, _ bound: Int) -> [Int]
  ) -> (low: Double, high: Double)? {
    let values = values.filter(\.isFinite)
    guard values.count > 1 else { return nil }
    let means = (0..<resamples).map { resample in
      PairwiseSum.sum(indices(resample, values.count).map { values[$0] }) / Double(values.count)
    }.sorted()
    let tail = (1 - confidence) / 2
    return (
      Summary.quantile(tail, ofSorted: means), Summary.quantile(1 - tail, ofSorted: means)
    )
  }
}
