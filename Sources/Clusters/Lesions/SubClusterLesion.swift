import Statistics

/// What is measured of a lesion.
public enum LesionQuantity: String, Sendable, CaseIterable {
  /// The share of right answers over all images; small values are extreme.
  case accuracy
  /// The mean of the classes' accuracies; small values are extreme.
  case importance
  /// ``ClassAccuracies/classRange(against:)``; large values are extreme.
  case classRange = "class-range"
}

/// The accuracies without a sub-cluster, and without each of its random controls.
public struct SubClusterLesion: Sendable {
  /// The sub-cluster.
  public let subCluster: SubCluster
  /// Of the intact network.
  public let intact: ClassAccuracies
  /// Without the sub-cluster.
  public let own: ClassAccuracies
  /// Without each control.
  public let controls: [ClassAccuracies]

  /// What was counted.
  public init(
    _ subCluster: SubCluster, intact: ClassAccuracies, own: ClassAccuracies,
    controls: [ClassAccuracies]
  ) {
    self.subCluster = subCluster
    self.intact = intact
    self.own = own
    self.controls = controls
  }

  /// The accuracy without the sub-cluster less that of the intact network.
  public var accuracyChange: Double { own.overall - intact.overall }

  /// A quantity with its controls.
  public subscript(quantity: LesionQuantity) -> ControlledValue {
    func values(
      _ side: ControlRank.Side, _ quantity: (ClassAccuracies) -> Double,
      strength: ((Double) -> Double)? = nil
    ) -> ControlledValue {
      ControlledValue(
        value: quantity(own), controls: controls.map(quantity), side: side, strength: strength)
    }
    return switch quantity {
    case .accuracy: values(.left, \.overall) { intact.overall - $0 }
    case .importance: values(.left, \.macro) { intact.macro - $0 }
    case .classRange: values(.right, { $0.classRange(against: intact) })
    }
  }

  /// How many standard deviations of the controls the accuracy lies above their mean.
  public var z: Double {
    let accuracy = self[.accuracy]
    return (accuracy.value - accuracy.controlMean) / accuracy.controlDeviation
  }

  /// What kind of sub-cluster it is.
  public var category: SubClusterCategory {
    SubClusterCategory(
      proportion: subCluster.proportion, units: subCluster.units.count,
      layerUnits: subCluster.layerUnits, change: accuracyChange,
      rank: self[.accuracy].rank(.reference, uniform: 0), controls: controls.count)
  }
}

/// Kinds of sub-clusters by what their lesion does to the accuracy.
///
/// Reference: Hod, Filan, Casper, Critch, Russell, 2021, section 3.2.
public enum SubClusterCategory: String, Sendable, CaseIterable {
  /// All units of the layer that have edges.
  case complete
  /// Less than 5 % of the layer's units.
  case small
  /// Costs at least one point of accuracy, and more than all random controls.
  case important
  /// Costs less than one point, and less than all controls.
  case prunable
  /// Costs at least one point, but less than all controls.
  case leastImportant = "least-important"
  /// Costs more than all controls, but less than one point.
  case significantButNotDifferent = "sig-but-not-diff"
  /// Costs more than one point, but not more than all controls.
  case differentButNotSignificant = "diff-but-not-sig"
  /// None of these.
  case other

  static let leastChange = 0.01
  static let smallShare = 0.05

  /// The first kind that fits, in the order of the kinds.
  ///
  /// - Parameters:
  ///   - proportion: the share of the layer's units with edges.
  ///   - units: number of units.
  ///   - layerUnits: number of all units of the layer.
  ///   - change: of the accuracy.
  ///   - rank: the number of controls with a lower accuracy.
  ///   - controls: R.
  public init(
    proportion: Double, units: Int, layerUnits: Int, change: Double, rank: Double, controls: Int
  ) {
    let p = ControlRank.p(rank: rank, controls: controls)
    let isSignificant = p < 1 / Double(controls)
    let costs = change <= -Self.leastChange
    self =
      if proportion == 1 {
        .complete
      } else if Double(units) < Self.smallShare * Double(layerUnits) {
        .small
      } else if isSignificant {
        costs ? .important : .significantButNotDifferent
      } else if p == 1 {
        costs ? .leastImportant : .prunable
      } else if change < -Self.leastChange {
        .differentButNotSignificant
      } else {
        .other
      }
  }
}
