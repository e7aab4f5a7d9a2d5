import ExperimentKit
import Foundation
import Masks
import Tensors

/// A stage's finished masks.
struct StageMasks {
  /// The stage's name.
  let name: String
  /// The logits by the name of their group of gates, which is that of the parameter when every weight
  /// has a gate.
  let logits: [String: Tensor<Float>]
  /// The logits by parameter name: of every weight the smallest of the gates that act on it.
  let weightLogits: [String: Tensor<Float>]
  /// The masks by parameter name.
  let masks: MaskSet
  /// The gates that they keep, by group; nil when every weight has a gate.
  let gates: MaskSet?
  /// How gates were drawn from the logits.
  let estimator: any MaskEstimator
}

extension MaskSet {
  /// Runs `body` for every masked tensor, and for all of them together under the name `all`.
  func forEachLayer(_ body: (_ layer: String, _ restrict: (MaskSet) -> MaskSet) -> Void) {
    for name in names { body(name) { set in set.filter { $0 == name } } }
    body("all") { $0 }
  }
}

extension StageMasks {
  /// Records in `layer_stats` how many weights of every layer are kept.
  func recordKept(in context: RunContext) {
    masks.forEachLayer { layer, restrict in
      let own = restrict(masks)
      for (metric, value) in [
        ("n_weights", Double(own.count)), ("n_kept", Double(own.keptCount)),
        ("kept_frac", Double(own.keptCount) / Double(max(own.count, 1))),
      ] {
        context.record(.layerStats, [name, layer], metric, value)
      }
    }
    gates?.forEachLayer { layer, restrict in
      guard let own = gates.map(restrict) else { return }
      context.record(.layerStats, [name, layer], "n_units", Double(own.count))
      context.record(.layerStats, [name, layer], "n_units_kept", Double(own.keptCount))
    }
  }

  /// Records `pair_overlap`.
  ///
  /// - Parameters:
  ///   - other: the other masks.
  ///   - groups: further rows by name, each for some of the tensors together.
  ///   - context: takes the rows.
  func recordOverlap(
    with other: StageMasks, groups: [String: (String) -> Bool] = [:], in context: RunContext
  ) {
    func put(_ layer: String, _ overlap: MaskOverlap) {
      for (metric, value) in [
        ("n_a", Double(overlap.keptByA)), ("n_b", Double(overlap.keptByB)),
        ("n_inter", Double(overlap.intersection)), ("n_union", Double(overlap.union)),
        ("iou", overlap.iou), ("iomin", overlap.iomin), ("iou_chance", overlap.iouByChance),
      ] {
        context.record(.pairOverlap, [name, other.name, layer], metric, value)
      }
    }
    masks.forEachLayer { layer, restrict in
      put(layer, MaskOverlap(restrict(masks), restrict(other.masks)))
    }
    if let gates, let others = other.gates {
      gates.forEachLayer { layer, restrict in
        let overlap = MaskOverlap(restrict(gates), restrict(others))
        for (metric, value) in [
          ("n_units_a", Double(overlap.keptByA)), ("n_units_b", Double(overlap.keptByB)),
          ("n_units_inter", Double(overlap.intersection)),
          ("n_units_union", Double(overlap.union)), ("iou_units", overlap.iou),
          ("iou_units_chance", overlap.iouByChance),
        ] {
          context.record(.pairOverlap, [name, other.name, layer], metric, value)
        }
      }
    }
    for (name, isIncluded) in groups {
      put(name, MaskOverlap(masks.filter(isIncluded), other.masks.filter(isIncluded)))
    }
  }
}

/// The tables that every experiment with masks writes about them.
///
/// The first stage is the full task; what is "shared" by another stage is shared with the union of
/// the others but the first.
struct MaskTables {
  let stages: [StageMasks]
  let context: RunContext

  /// Records `layer_stats`, `pair_overlap` and `mask_histogram`.
  func record() {
    for (index, stage) in stages.enumerated() {
      recordStage(stage, index: index)
      for other in stages[(index + 1)...] { stage.recordOverlap(with: other, in: context) }
    }
  }

  /// Records `layer_stats` and `mask_histogram` of a stage.
  func recordStage(_ stage: StageMasks, index: Int) {
    recordLayerStats(stage, index: index)
    recordHistogram(stage)
  }

  private func recordLayerStats(_ stage: StageMasks, index: Int) {
    stage.recordKept(in: context)
    guard index > 0 else { return }
    let others = stages.enumerated().filter { $0.offset != index && $0.offset != 0 }
    let union = others.map(\.element.masks).reduce(MaskSet([:]), |)
    stage.masks.forEachLayer { layer, restrict in
      func put(_ metric: String, _ value: Double) {
        context.record(.layerStats, [stage.name, layer], metric, value)
      }
      let own = restrict(stage.masks)
      // With nothing to share with, a share of 0 would say that it shares nothing.
      if !others.isEmpty {
        let shared = MaskOverlap(own, restrict(union))
        put("n_shared", Double(shared.intersection))
        put("shared_frac", shared.sharedFraction)
      }
      // Of the weights that the full task needs, how many does this stage keep?
      let remaining = MaskOverlap(restrict(stages[0].masks), own).sharedFraction
      put("remaining_frac", remaining)
      put("removed_frac", 1 - remaining)
    }
  }

  /// Records `output_unit_removed`: of the weights of every output unit that the full task keeps,
  /// how many does a stage remove?
  ///
  /// - Parameters:
  ///   - name: a weight whose rows are output units.
  ///   - stage: a stage other than the first.
  func recordRemovedRows(of name: String, stage: StageMasks) {
    guard let reference = stages[0].masks[name], let own = stage.masks[name] else { return }
    let width = reference.shape.count / max(reference.shape[0], 1)
    for unit in 0..<reference.shape[0] {
      let row = unit * width..<(unit + 1) * width
      let kept = row.filter { reference.bits[$0] != 0 }
      let removed = kept.count { own.bits[$0] == 0 }
      let keys = [stage.name, String(unit)]
      context.record(.outputUnitRemoved, keys, "n_ref", Double(kept.count))
      context.record(.outputUnitRemoved, keys, "n_removed", Double(removed))
      context.record(
        .outputUnitRemoved, keys, "removed_frac", Double(removed) / Double(max(kept.count, 1)))
    }
  }

  private func recordHistogram(_ stage: StageMasks) {
    var histogram = MaskHistogram()
    for logits in stage.logits.values { histogram.add(logits: logits, by: stage.estimator) }
    for (bin, count) in histogram.counts.enumerated() {
      context.record(
        .maskHistogram, [stage.name, "\(histogram.lowerEdge(bin))"], "count", Double(count))
    }
  }
}
