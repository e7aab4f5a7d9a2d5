/// Whether two groups of things differ, by exchanging their labels.
///
/// The statistic is the mean similarity within groups less that between them. p is the share of all
/// divisions into groups of these sizes, the given one included, whose statistic is not smaller: exact, and
/// never below 1 / (number of divisions).
public enum GroupPermutation {
  /// p.
  ///
  /// - Parameters:
  ///   - similarities: of any two things, symmetric; those of the first group come first.
  ///   - first: the number of things in the first group, at least 2, as in the second.
  /// - Complexity: (n choose `first`) n².
  public static func p(similarities: [[Double]], first: Int) -> Double {
    let count = similarities.count
    precondition(first > 1 && count - first > 1, "groups of \(first) and \(count - first)")
    func statistic(_ isFirst: [Bool]) -> Double {
      var (within, between) = ((sum: 0.0, pairs: 0.0), (sum: 0.0, pairs: 0.0))
      for i in 0..<count {
        for j in (i + 1)..<count {
          if isFirst[i] == isFirst[j] {
            within = (within.sum + similarities[i][j], within.pairs + 1)
          } else {
            between = (between.sum + similarities[i][j], between.pairs + 1)
          }
        }
      }
      return within.sum / within.pairs - between.sum / between.pairs
    }
    let observed = statistic((0..<count).map { $0 < first })
    var (all, reached) = (0, 0)
    func choose(_ isFirst: [Bool], _ left: Int) {
      guard isFirst.count < count else {
        all += 1
        // The given division in another order of summation must count.
        if statistic(isFirst) >= observed - 1e-12 { reached += 1 }
        return
      }
      if left > 0 { choose(isFirst + [true], left - 1) }
      if count - isFirst.count > left { choose(isFirst + [false], left) }
    }
    choose([], first)
    return Double(reached) / Double(all)
  }
}
