import Statistics

/// A quantity of a sub-cluster with the same quantity of its random controls.
public struct ControlledValue: Sendable {
  /// Of the sub-cluster.
  public let value: Double
  /// Of the controls.
  public let controls: [Double]
  /// Which values are extreme.
  public let side: ControlRank.Side
  /// How strong the effect is that the quantity measures, of the sub-cluster and of the mean of its
  /// controls: for accuracies the loss, else the quantity itself.
  public let strengths: (own: Double, controls: Double)

  /// A quantity.
  ///
  /// - Parameters:
  ///   - value: of the sub-cluster.
  ///   - controls: of the controls.
  ///   - side: which values are extreme.
  ///   - strength: how strong the effect of a value is; itself when nil.
  public init(
    value: Double, controls: [Double], side: ControlRank.Side,
    strength: ((Double) -> Double)? = nil
  ) {
    let strength = strength ?? { $0 }
    self.value = value
    self.controls = controls
    self.side = side
    strengths = (strength(value), strength(Self.mean(controls)))
  }

  /// The number of controls beyond the value; see ``Statistics/ControlRank``.
  ///
  /// - Parameters:
  ///   - ties: what counts when values are equal or no numbers.
  ///   - uniform: a random number of the sub-cluster and the quantity, 0 included and 1 not.
  public func rank(_ ties: TieMode, uniform: Double) -> Double {
    ControlRank.rank(of: value, among: controls, side: side, ties: ties, uniform: uniform)
  }

  /// The mean over the controls that are numbers.
  public var controlMean: Double { Self.mean(controls) }

  /// The standard deviation over the controls that are numbers, divided by their number less one; NaN
  /// for fewer than two.
  public var controlDeviation: Double {
    let finite = controls.filter(\.isFinite)
    let mean = Self.mean(finite)
    guard finite.count > 1 else { return .nan }
    let squares = finite.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(finite.count - 1)).squareRoot()
  }

  /// The mean over the controls divided by the value; infinite for a value of 0.
  ///
  /// Reference: Hod, Filan, Casper, Critch, Russell, 2021, section 3.1.2.
  public var factor: Double { controlMean / value }

  /// 2x / (x + m) with x and m the strengths of the sub-cluster and of its controls: 1 for equal ones, 2
  /// when only the sub-cluster has an effect, 0 when not both are effects in the same direction.
  ///
  /// Reference: Hod, Filan, Casper, Critch, Russell: Quantifying local specialization in deep neural
  /// networks, 2022, section 3.2.
  public var effect: Double {
    let (own, other) = strengths
    guard !own.isNaN && !other.isNaN else { return .nan }
    guard own > 0 && other >= 0 else { return 0 }
    return own.isInfinite ? (other.isInfinite ? 1 : 2) : 2 * own / (own + other)
  }

  static func mean(_ values: [Double]) -> Double {
    let finite = values.filter(\.isFinite)
    return PairwiseSum.sum(finite) / Double(finite.count)
  }
}

/// One quantity of all sub-clusters of a partition as a test of the hypothesis that clusters are no
/// different from random units.
public struct ClusterTest: Sendable {
  /// What the ranks say together.
  public let combination: RankCombination
  /// The mean p value; NaN without sub-clusters.
  public let meanP: Double
  /// The mean of ``ControlledValue/factor`` over the sub-clusters that have one; may be infinite.
  public let factor: Double
  /// The mean of ``ControlledValue/effect`` over the sub-clusters that have one.
  public let effect: Double

  /// A test.
  ///
  /// - Parameters:
  ///   - values: of each sub-cluster.
  ///   - controls: R, the number of controls of each.
  ///   - ties: what counts when values are equal or no numbers.
  ///   - uniforms: a random number for each sub-cluster.
  public init(_ values: [ControlledValue], controls: Int, ties: TieMode, uniforms: [Double]) {
    let ranks = zip(values, uniforms).map { $0.rank(ties, uniform: $1) }
    combination = RankCombination(ranks: ranks, controls: controls)
    func mean(_ values: [Double]) -> Double {
      let numbers = values.filter { !$0.isNaN }
      return PairwiseSum.sum(numbers) / Double(numbers.count)
    }
    meanP = mean(ranks.map { ControlRank.p(rank: $0, controls: controls) })
    factor = mean(values.map(\.factor))
    effect = mean(values.map(\.effect))
  }
}
