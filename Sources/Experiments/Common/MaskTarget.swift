import ExperimentKit
import Masks
import NeuralNetworks
import Store

/// Manifest section `mask.target`: how large masks are, where that is given.
struct MaskTarget: Settings {
  var kept: Double?

  static let schema = Schema<MaskTarget>([
    .optionalNumber(
      "kept", \.kept, in: 0...1, unit: "share",
      "share of the weights that finished masks keep; takes the place of `beta`. The kinds `edge-popup` and "
        + "`magnitude` need it, and keep this share of the units of every layer")
  ])

  /// Refuses sizes that no mask can have.
  ///
  /// - Parameters:
  ///   - kind: how gates are drawn.
  ///   - units: what they act on.
  ///   - unit: the same, for the network.
  ///   - masked: the parameters that get masks.
  func validate(
    _ kind: MaskEstimatorKind, _ units: MaskUnits, unit: any MaskUnit, masked: [ParameterOutline]
  ) throws {
    guard let kept else {
      guard kind.hasGivenSize else { return }
      throw Failure(
        .manifestInvalid,
        "mask.kind is '\(kind.rawValue)', but mask.target.kept does not tell the size",
        why:
          "the largest scores of a layer are kept, and there is no penalty that would choose how many",
        help: "write mask.target: {kept: 0.1}")
    }
    let weights = masked.reduce(0) { $0 + $1.shape.count }
    // Of a network that no machine can hold, gates are not made.
    guard weights <= 1 << 28 else { return }
    let groups = unit.groups(for: masked)
    if kind.hasGivenSize {
      try validate(kept, ofEvery: groups, kind, units)
    } else {
      try validate(kept, groups, weights: weights)
    }
  }

  private func validate(
    _ kept: Double, ofEvery groups: [GateGroup], _ kind: MaskEstimatorKind, _ units: MaskUnits
  ) throws {
    guard units.kinds.count == 1 else {
      throw Failure(
        .manifestInvalid, "mask.kind: \(kind.rawValue) is for one unit",
        why: "the weights that both of two units keep are fewer than mask.target.kept",
        help: "leave out one of them")
    }
    guard let group = groups.first(where: { (kept * Double($0.shape.count)).rounded() < 1 })
    else { return }
    let units = group.shape.count == 1 ? "1 unit" : "\(group.shape.count) units"
    throw Failure(
      .manifestInvalid, "mask.target.kept: \(CSVNumber.format(kept)) is out of reach",
      why: "nothing would be left of \(group.name), which has \(units)",
      help: "keep at least \(Self.text(0.5 / Double(max(group.shape.count, 1))))")
  }

  private func validate(_ kept: Double, _ groups: [GateGroup], weights: Int) throws {
    guard let smallest = groups.map(\.smallestGate).min(),
      (kept * Double(weights)).rounded() < Double(smallest)
    else { return }
    throw Failure(
      .manifestInvalid, "mask.target.kept: \(CSVNumber.format(kept)) is out of reach",
      why: "the smallest unit has \(smallest) of \(weights) masked weights",
      help:
        "keep at least \(Self.text(Double(smallest) / Double(weights))), or take a smaller mask.unit"
    )
  }

  /// A share, rounded up to two digits.
  private static func text(_ share: Double) -> String {
    guard share > 0 else { return "0" }
    var unit = 1.0
    while share / unit < 10 { unit /= 10 }
    return CSVNumber.format((share / unit).rounded(.up) * unit)
  }
}
