import Tensors

/// How much two tasks share, measured by what repetitions of one task share.
///
/// For masks A₁ … A_R of one task and B₁ … B_R of another, learned in the same network with different
/// noise, with means over pairs
///
///     S_AB = mean IoU(Aᵢ, Bⱼ)      S_AA = mean IoU(Aᵢ, Aⱼ), i < j      S_BB likewise
///     S_chance = mean of the IoU of independent masks of the sizes of Aᵢ and Bⱼ
///     σ = (S_AB − S_chance) / ((S_AA + S_BB)/2 − S_chance)
///
/// σ is about 1 when the tasks share as much as two masks of the same task do, and about 0 when they share
/// as much as by chance. A task with a single mask is given the other's S.
public struct NormalizedSharing: Sendable {
  /// S_AB.
  public let between: Double
  /// S_AA.
  public let withinFirst: Double
  /// S_BB.
  public let withinSecond: Double
  /// S_chance.
  public let chance: Double
  /// The IoU of any two of all masks, those of the first task first.
  public let similarities: [[Double]]

  /// The sharing of two tasks.
  ///
  /// - Parameters:
  ///   - first: the masks of one of them, at least two.
  ///   - second: those of the other, at least one.
  public init(_ first: [MaskSet], _ second: [MaskSet]) {
    require(first.count > 1 && !second.isEmpty, "\(first.count) and \(second.count) masks")
    let all = first + second
    var similarities = [[Double]](
      repeating: [Double](repeating: 1, count: all.count), count: all.count)
    var chances: [Double] = []
    for (i, a) in all.enumerated() {
      for (j, b) in all.enumerated() where j > i {
        let overlap = MaskOverlap(a, b)
        similarities[i][j] = overlap.iou
        similarities[j][i] = overlap.iou
        if i < first.count, j >= first.count { chances.append(overlap.iouByChance) }
      }
    }
    func mean(_ rows: Range<Int>, _ columns: Range<Int>) -> Double {
      let values = rows.flatMap { i in
        columns.filter { rows != columns || $0 > i }.map { similarities[i][$0] }
      }
      return values.reduce(0, +) / Double(values.count)
    }
    let (a, b) = (0..<first.count, first.count..<all.count)
    self.similarities = similarities
    between = mean(a, b)
    withinFirst = mean(a, a)
    withinSecond = second.count > 1 ? mean(b, b) : withinFirst
    chance = chances.reduce(0, +) / Double(chances.count)
  }

  /// σ; nil when repetitions share no more than by chance, or less.
  public var sigma: Double? {
    let range = (withinFirst + withinSecond) / 2 - chance
    return range > 0 ? (between - chance) / range : nil
  }
}
