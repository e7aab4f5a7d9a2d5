/// Ranks and rank correlation.
public enum Ranks {
  /// Ranks from 1; equal values share the mean of theirs. O(n).
  ///
  /// SciPy equivalent: `scipy.stats.rankdata`.
  public static func average(_ values: [Double]) -> [Double] {
    var sorter = RankSorter(count: values.count)
    var ranks = [Double](repeating: 0, count: values.count)
    values.withUnsafeBufferPointer { values in
      ranks.withUnsafeMutableBufferPointer { sorter.rank(values, into: $0) }
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

  /// The probability that a positive value is larger than another one, ties counted half: the area under
  /// the curve of true against false positives, 0…1; nil when all values are positive, or none.
  ///
  /// scikit-learn equivalent: `sklearn.metrics.roc_auc_score`.
  public static func areaUnderCurve(_ values: [Double], isPositive: [Bool]) -> Double? {
    precondition(
      values.count == isPositive.count, "\(values.count) values, \(isPositive.count) classes")
    let positive = Double(isPositive.count { $0 })
    let others = Double(values.count) - positive
    guard positive > 0, others > 0 else { return nil }
    let sum = zip(average(values), isPositive).reduce(0) { $1.1 ? $0 + $1.0 : $0 }
    return (sum - positive * (positive + 1) / 2) / (positive * others)
  }
}

/// Ranks series of one length, with memory that is kept from one to the next.
///
/// The bits of the numbers, ordered as the numbers are, are sorted digit by digit; digits in which all
/// numbers agree, such as the last ones of numbers of single precision, cost nothing.
public struct RankSorter {
  private static let digitBits = 11
  private static let digits = 6
  private static let buckets = 1 << digitBits

  private var keys: [UInt64]
  private var otherKeys: [UInt64]
  private var order: [Int32]
  private var otherOrder: [Int32]
  private var counts: [Int32]

  /// For series of `count` numbers.
  public init(count: Int) {
    keys = [UInt64](repeating: 0, count: count)
    otherKeys = keys
    order = [Int32](repeating: 0, count: count)
    otherOrder = order
    counts = [Int32](repeating: 0, count: Self.digits * Self.buckets)
  }

  /// Ranks from 1; equal values share the mean of theirs. NaN ranks behind all numbers.
  ///
  /// - Precondition: as many values and ranks as the sorter was made for.
  public mutating func rank(
    _ values: UnsafeBufferPointer<Double>, into ranks: UnsafeMutableBufferPointer<Double>
  ) {
    precondition(values.count == keys.count && ranks.count == keys.count, "another length")
    sort(values)
    keys.withUnsafeBufferPointer { keys in
      order.withUnsafeBufferPointer { order in
        var start = 0
        while start < keys.count {
          var end = start + 1
          while end < keys.count, keys[end] == keys[start] { end += 1 }
          let rank = Double(start + end + 1) / 2
          for place in start..<end { ranks[Int(order[place])] = rank }
          start = end
        }
      }
    }
  }

  /// Sorts keys and order.
  private mutating func sort(_ values: UnsafeBufferPointer<Double>) {
    for index in counts.indices { counts[index] = 0 }
    keys.withUnsafeMutableBufferPointer { keys in
      order.withUnsafeMutableBufferPointer { order in
        counts.withUnsafeMutableBufferPointer { counts in
          for index in 0..<keys.count {
            // Adding 0 makes the negative zero a zero.
            let bits = (values[index] + 0).bitPattern
            let key = bits >> 63 == 1 ? ~bits : bits | 1 << 63
            keys[index] = key
            order[index] = Int32(truncatingIfNeeded: index)
            for digit in 0..<Self.digits {
              counts[digit &* Self.buckets &+ Self.digit(digit, of: key)] &+= 1
            }
          }
        }
      }
    }
    for digit in 0..<Self.digits { pass(digit) }
  }

  private mutating func pass(_ digit: Int) {
    let base = digit * Self.buckets
    guard let first = keys.first,
      counts[base + Self.digit(digit, of: first)] != Int32(keys.count)
    else { return }
    keys.withUnsafeBufferPointer { keys in
      order.withUnsafeBufferPointer { order in
        otherKeys.withUnsafeMutableBufferPointer { otherKeys in
          otherOrder.withUnsafeMutableBufferPointer { otherOrder in
            counts.withUnsafeMutableBufferPointer { counts in
              var start: Int32 = 0
              for bucket in base..<(base + Self.buckets) {
                let count = counts[bucket]
                counts[bucket] = start
                start &+= count
              }
              for index in 0..<keys.count {
                let bucket = base &+ Self.digit(digit, of: keys[index])
                let place = Int(counts[bucket])
                counts[bucket] &+= 1
                otherKeys[place] = keys[index]
                otherOrder[place] = order[index]
              }
            }
          }
        }
      }
    }
    swap(&keys, &otherKeys)
    swap(&order, &otherOrder)
  }

  private static func digit(_ digit: Int, of key: UInt64) -> Int {
    Int(truncatingIfNeeded: key >> UInt64(digit &* digitBits)) & (buckets &- 1)
  }
}
