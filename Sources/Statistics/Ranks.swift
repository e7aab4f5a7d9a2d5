/// Ranks and rank correlation.
public enum Ranks {
  /// Ranks from 1; equal values share the mean of theirs. O(n log n).
  ///
  /// SciPy equivalent: `scipy.stats.rankdata`.
  public static func average(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for place in start..<end { ranks[order[place]] = Double(start + end + 1) / 2 }
      start = end
    }
    return ranks
  }

  /// Spearman's rank correlation, −1…1: Pearson's of the ranks; NaN when one of the series is
  /// constant or there are fewer than two values.
  ///
  /// SciPy equivalent: `scipy.stats.spearmanr`.
  public static func spearman(_ first: [Double], _ second: [Double]) -> Double {
    precondition(first.count == second.count, "\(first.count) and \(second.count) values")
    let center = Double(first.count + 1) / 2
    let (x, y) = (average(first).map { $0 - center }, average(second).map { $0 - center })
    var (xx, yy, xy) = (0.0, 0.0, 0.0)
    for i in x.indices {
      xx += x[i] * x[i]
      yy += y[i] * y[i]
      xy += x[i] * y[i]
    }
    return xy / (xx * yy).squareRoot()
  }
}
