import ExperimentKit
import Masks
import NeuralNetworks
import Statistics
import Store
import Tensors

/// Masks that are learned for comparison: those of the stages once more, and those of functions that the
/// network never learned.
struct NullMasks<Network: ParameterContainer> where Network.Scalar == Float {
  let controls: MaskControls<Network>
  /// The accumulators for clipping as the first stage found them.
  let frozen: FrozenGradients<Float>

  private var context: RunContext { controls.context }

  /// Learns the masks, measures and saves them.
  func run(_ masks: [StageMasks]) throws {
    var repeated: [[StageMasks]] = []
    for repetition in (0..<controls.settings.repeatCount).map({ $0 + 1 }) {
      repeated.append(try controls.relearn(repetition, frozen.copy()))
    }
    let nulls = controls.nullNames.map(controls.neverLearned)
    let learned =
      nulls.isEmpty
      ? []
      : try controls.study.forRightAnswers.learnIndependentMasks(nulls.map(\.stage), frozen: frozen)
    for (stage, null) in zip(nulls, learned) { try measure(null, stage, against: masks) }
    if !repeated.isEmpty { recordSharing(masks, repeated, learned) }
    let destroyed = try DestroyedNetworks(controls: controls).run(masks)
    let apart = try MasksApart(controls: controls, frozen: frozen).run(masks)
    try context.saveControls(repeated.flatMap { $0 } + learned + destroyed + apart)
  }

  // MARK: Functions that the network never learned

  private func measure(
    _ null: StageMasks, _ stage: ControlledStage<Network>, against masks: [StageMasks]
  ) throws {
    try context.evaluate(StepName.evaluation(stage.step, ControlStep.tasks)) {
      let examiner = controls.examiner(stage)
      try controls.record(MaskSet([:]), called: StepName.pretraining, on: stage)
      try controls.record(null.masks, called: null.name, on: stage)
      let ranked = RankedWeights(logits: null.weightLogits)
      for (other, masks) in zip(controls.stages, masks) {
        try controls.record(null.masks, called: null.name, on: other)
        try controls.record(masks.masks, called: masks.name, on: stage)
        let kept = masks.masks.keptCount
        let equal = try controls.accuracy(ranked.mask(keeping: kept), on: examiner)
        let own = controls.recordedAccuracy(of: masks.name, on: other.name)
        NullRow(
          kept: null.masks.keptCount, keptByStage: kept,
          accuracy: controls.recordedAccuracy(of: null.name, on: stage.name),
          atEqualSize: equal, ofStage: own,
          ofNetwork: controls.recordedAccuracy(of: StepName.pretraining, on: stage.name),
          chance: stage.task.chance
        ).record([masks.name, null.name], in: context)
      }
    }
    try controls.recordRobustness(null, of: stage)
  }

  // MARK: Sharing

  /// Records σ of every two stages but the first, and of each with the functions that the network never
  /// learned.
  private func recordSharing(
    _ masks: [StageMasks], _ repeated: [[StageMasks]], _ nulls: [StageMasks]
  ) {
    let own = masks.indices.dropFirst().map { stage in
      (name: masks[stage].name, masks: [masks[stage].masks] + repeated.map { $0[stage].masks })
    }
    let others = own + nulls.map { (name: $0.name, masks: [$0.masks]) }
    for (index, a) in own.enumerated() {
      for b in others[(index + 1)...] {
        a.masks[0].forEachLayer { layer, restrict in
          record([a.name, b.name, layer], a.masks.map(restrict), b.masks.map(restrict))
        }
      }
    }
  }

  private func record(_ keys: [String], _ a: [MaskSet], _ b: [MaskSet]) {
    let sharing = NormalizedSharing(a, b)
    let overlap = MaskOverlap(a[0], b[0])
    if let sigma = sharing.sigma { context.record(.sharing, keys, "sigma", sigma) }
    for (metric, value) in [
      ("s_ab", sharing.between), ("s_aa", sharing.withinFirst), ("s_bb", sharing.withinSecond),
      ("s_chance", sharing.chance), ("shared_frac", overlap.sharedFraction),
      ("iou", overlap.iou), ("iomin", overlap.iomin),
    ] {
      context.record(.sharing, keys, metric, value)
    }
    guard b.count > 1 else { return }
    context.record(
      .sharing, keys, "p",
      GroupPermutation.p(similarities: sharing.similarities, first: a.count))
  }
}
