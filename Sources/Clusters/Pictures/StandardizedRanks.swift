import Statistics
import Tensors

/// The ranks of several series over the same examples, each with mean 0 and Euclidean norm 1, so that
/// a product of two is Spearman's rank correlation.
public struct StandardizedRanks: Sendable {
  /// Number of series.
  public let count: Int
  /// Number of examples.
  public let examples: Int
  /// Series by rows.
  private let rows: [Double]
  /// Which series have more than one value.
  public let varies: [Bool]

  /// Ranks the columns of a matrix; equal values share the mean of their ranks.
  ///
  /// Shapes: examples×series.
  public init(columns x: Tensor<Float>) {
    require(x.shape.rank == 2, "series of shape \(x.shape)")
    let (examples, count) = (x.shape[0], x.shape[1])
    var rows = [Double](repeating: 0, count: examples * count)
    var varies = [Bool](repeating: false, count: count)
    // Blocks of columns, so that every row of the matrix is read in pieces of a cache line.
    let block = 16
    var series = [Double](repeating: 0, count: block * examples)
    var sorter = RankSorter(count: examples)
    x.withUnsafeBufferPointer { x in
      rows.withUnsafeMutableBufferPointer { rows in
        series.withUnsafeMutableBufferPointer { series in
          for start in stride(from: 0, to: count, by: block) {
            let width = min(block, count - start)
            for example in 0..<examples {
              for column in 0..<width {
                series[column * examples + example] = Double(x[example * count + start + column])
              }
            }
            for column in 0..<width {
              let range = (column * examples)..<((column + 1) * examples)
              let own = ((start + column) * examples)..<((start + column + 1) * examples)
              let ranks = UnsafeMutableBufferPointer(rebasing: rows[own])
              sorter.rank(UnsafeBufferPointer(rebasing: series[range]), into: ranks)
              varies[start + column] = Self.standardize(ranks)
            }
          }
        }
      }
    }
    (self.count, self.examples, self.rows, self.varies) = (count, examples, rows, varies)
  }

  /// Centres and scales ranks; those of a constant series become 0.
  ///
  /// - Returns: whether there are several values.
  private static func standardize(_ ranks: UnsafeMutableBufferPointer<Double>) -> Bool {
    let center = Double(ranks.count + 1) / 2
    var square = 0.0
    for index in ranks.indices {
      ranks[index] -= center
      square += ranks[index] * ranks[index]
    }
    let scale = square > 0 ? 1 / square.squareRoot() : 0
    for index in ranks.indices { ranks[index] *= scale }
    return square > 0
  }

  /// Spearman's rank correlation of every series with every one of others, −1…1; 0 where one of them
  /// is constant.
  ///
  /// Shapes: count×others by rows.
  public func correlations(with others: StandardizedRanks) -> [Double] {
    require(examples == others.examples, "\(examples) and \(others.examples) examples")
    var result = [Double](repeating: 0, count: count * others.count)
    guard !result.isEmpty, examples > 0 else { return result }
    BLAS.product(
      rows, rows: count, others.rows, columns: others.count, inner: examples, into: &result)
    return result
  }
}
