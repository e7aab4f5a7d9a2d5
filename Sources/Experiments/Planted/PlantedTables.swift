import ExperimentKit
import Masks
import NeuralNetworks
import Statistics
import Store

extension Table {
  /// Masks against the weights that are known to be needed.
  public static let plantedTruth = Table(
    "planted_truth",
    "Do the masks find the weights that a sub-task is known to need? Of gates: of weights, or of whatever "
      + "`mask.unit` says, which is needed when one of its weights is. See docs/nulls.md",
    keys: [
      .stage,
      Key(
        "layer", "the dotted name of a group of gates, as in `layer_stats`; `all` for all of them"),
    ],
    metrics: [
      Metric("n_gates", "number of gates"),
      Metric("n_needed", "number of gates that act on a weight that the stage needs"),
      Metric("n_kept", "number of gates that the mask keeps"),
      Metric(
        "auroc",
        "probability that a needed gate has a larger logit than another one, ties counted half: area under "
          + "the curve of true against false positives; not where all gates are needed, or none"),
      Metric(
        "auroc_other",
        "the same against the gates that the other sub-task needs and this one does not; not of `full`"
      ),
      Metric("needed_kept", "share of the needed gates that the mask keeps"),
      Metric("others_kept", "share of the other gates that the mask keeps"),
    ])

  /// The sharing that is known.
  public static let plantedSharing = Table(
    "planted_sharing",
    "What the sub-tasks share by construction: the table `sharing` as masks would give it that keep exactly "
      + "the weights that are needed",
    keys: [
      Key("mask_a", "a sub-task"), Key("mask_b", "the other one"), .layer,
    ],
    metrics: [
      Metric(
        "sigma", "σ of the masks of the needed weights; not where a sub-task needs all weights"),
      Metric("iou", "IoU of the needed weights"),
      Metric("n_needed_a", "number of weights that the first sub-task needs"),
      Metric("n_needed_b", "number of weights that the second sub-task needs"),
    ])
}

extension Artefact {
  /// The weights that are known to be needed.
  static let plantedTruth = Artefact(
    "planted-truth.safetensors", format: "modlab-masks-1",
    "for each of the two sub-tasks `<stage>/<parameter>`, 1 where it needs a weight or bias")
}

/// Compares masks with the weights that are known to be needed.
struct PlantedTruth {
  /// The weights and biases that each of the sub-tasks needs.
  let all: [MaskSet]
  /// Those of parameters that get masks.
  let needed: [MaskSet]
  /// Of the masks.
  let groups: [GateGroup]

  /// - Parameters:
  ///   - needed: the weights that each of the sub-tasks needs.
  ///   - masking: how masks are trained.
  ///   - network: its parameters.
  init(_ needed: [MaskSet], masking: MaskSettings, network: [ParameterOutline]) {
    let masked = masking.masked(network)
    let names = Set(masked.map(\.name))
    all = needed
    self.needed = needed.map { $0.filter(names.contains) }
    groups = masking.maskUnit(of: network).groups(for: masked)
  }

  /// Records `planted_truth` of the masks of the full task and of the sub-tasks, and
  /// `planted_sharing`.
  func record(_ stages: [StageMasks], in context: RunContext) {
    for (index, stage) in stages.enumerated() {
      let own = index == 0 ? needed[0] | needed[1] : needed[index - 1]
      record(stage, needing: own, other: index == 0 ? nil : needed[2 - index], in: context)
    }
    needed[0].forEachLayer { layer, restrict in
      let (a, b) = (restrict(needed[0]), restrict(needed[1]))
      let keys = Array(PlantedStage.names.dropFirst()) + [layer]
      if let sigma = NormalizedSharing([a, a], [b, b]).sigma {
        context.record(.plantedSharing, keys, "sigma", sigma)
      }
      context.record(.plantedSharing, keys, "iou", MaskOverlap(a, b).iou)
      context.record(.plantedSharing, keys, "n_needed_a", Double(a.keptCount))
      context.record(.plantedSharing, keys, "n_needed_b", Double(b.keptCount))
    }
  }

  private func record(
    _ stage: StageMasks, needing own: MaskSet, other: MaskSet?, in context: RunContext
  ) {
    let rows = groups.map { group in
      GateRow(
        layer: group.name,
        ranks: (stage.logits[group.name]?.scalars ?? []).map {
          stage.estimator.rank(logit: Double($0))
        },
        isKept: bits((stage.gates ?? stage.masks)[group.name]),
        isNeeded: bits(group.gates(actingOn: own)),
        isOthers: other.map { bits(group.gates(actingOn: $0)) })
    }
    for row in rows + [GateRow(all: rows)] { row.record(stage.name, in: context) }
  }

  /// Stores the weights that are needed.
  func save(in context: RunContext) throws {
    let names = Array(PlantedStage.names.dropFirst())
    var tensors: [String: StoredTensor] = [:]
    for (stage, needed) in zip(names, all) {
      for (name, mask) in needed.masks {
        tensors["\(stage)/\(name)"] = .uint8(mask.bits, mask.shape)
      }
    }
    try context.save(
      .plantedTruth, tensors, metadata: ["stages": names.joined(separator: ",")])
  }

  private func bits(_ mask: BinaryMask?) -> [Bool] { mask?.bits.map { $0 != 0 } ?? [] }
}

/// Gates with what is known of them.
private struct GateRow {
  let layer: String
  /// By which gates are ordered, surest to be kept last.
  let ranks: [Double]
  let isKept: [Bool]
  let isNeeded: [Bool]
  /// Whether the other sub-task needs them; nil for the full task.
  let isOthers: [Bool]?

  init(
    layer: String, ranks: [Double], isKept: [Bool], isNeeded: [Bool], isOthers: [Bool]?
  ) {
    self.layer = layer
    self.ranks = ranks
    self.isKept = isKept
    self.isNeeded = isNeeded
    self.isOthers = isOthers
  }

  /// All of some rows together.
  init(all rows: [GateRow]) {
    let others = rows.compactMap(\.isOthers)
    self.init(
      layer: "all", ranks: rows.flatMap(\.ranks), isKept: rows.flatMap(\.isKept),
      isNeeded: rows.flatMap(\.isNeeded), isOthers: others.isEmpty ? nil : others.flatMap(\.self))
  }

  func record(_ stage: String, in context: RunContext) {
    let needed = isNeeded.count { $0 }
    func put(_ metric: String, _ value: Double) {
      context.record(.plantedTruth, [stage, layer], metric, value)
    }
    put("n_gates", Double(ranks.count))
    put("n_needed", Double(needed))
    put("n_kept", Double(isKept.count { $0 }))
    let kept = zip(isKept, isNeeded).count { $0 && $1 }
    if needed > 0 { put("needed_kept", Double(kept) / Double(needed)) }
    if needed < ranks.count {
      let others = isKept.count { $0 } - kept
      put("others_kept", Double(others) / Double(ranks.count - needed))
    }
    if let area = Ranks.areaUnderCurve(ranks, isPositive: isNeeded) { put("auroc", area) }
    guard let isOthers else { return }
    let places = ranks.indices.filter { isNeeded[$0] || isOthers[$0] }
    if let area = Ranks.areaUnderCurve(
      places.map { ranks[$0] }, isPositive: places.map { isNeeded[$0] })
    {
      put("auroc_other", area)
    }
  }
}
