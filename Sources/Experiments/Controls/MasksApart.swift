import ExperimentKit
import Masks
import NeuralNetworks
import Tensors

/// Masks of one task that are pressed away from each other: how many different ones do it?
///
/// The first is the stage's own. Each further one avoids all weights that the earlier ones keep. The index
/// is the number of masks that do the task no worse than the network, up to two points of accuracy, and
/// coincide with each of the earlier such masks by no more than 1.2 times what chance gives.
struct MasksApart<Network: ParameterContainer> where Network.Scalar == Float {
  let controls: MaskControls<Network>
  /// The accumulators for clipping as the first stage found them.
  let frozen: FrozenGradients<Float>

  /// The drop of accuracy that is accepted.
  private static var acceptedDrop: Double { 0.02 }
  /// The IoU that is accepted, relative to chance.
  private static var acceptedOverlap: Double { 1.2 }

  private var context: RunContext { controls.context }

  /// Learns masks of all stages but the first, one after the other, and measures them.
  ///
  /// - Returns: the masks.
  func run(_ masks: [StageMasks]) throws -> [StageMasks] {
    guard controls.settings.apartCount > 1 else { return [] }
    return try zip(controls.stages, masks).dropFirst().flatMap { stage, own in
      var found = [own]
      for number in (1..<controls.settings.apartCount).map({ $0 + 1 }) {
        var next = stage.stage.renamed { ControlStep.apart($0, number) }
        next.copied = stage.stage.copied
        next.avoided = found.map(\.masks).reduce(MaskSet([:]), |)
        found += try controls.study.learnIndependentMasks([next], frozen: frozen)
      }
      try context.evaluate(StepName.evaluation(stage.step, ControlStep.apart)) {
        try record(found, stage)
      }
      return found.dropFirst()
    }
  }

  private func record(_ found: [StageMasks], _ stage: ControlledStage<Network>) throws {
    let examiner = controls.examiner(stage)
    let whole = controls.recordedAccuracy(of: StepName.pretraining, on: stage.name)
    var counted: [MaskSet] = []
    for (index, masks) in found.enumerated() {
      let keys = [stage.name, String(index + 1)]
      let accuracy = try controls.accuracy(masks.masks, on: examiner)
      let overlaps = found[..<index].map { MaskOverlap(masks.masks, $0.masks) }
      context.record(.masksApart, keys, "n_kept", Double(masks.masks.keptCount))
      context.record(.masksApart, keys, "accuracy", accuracy)
      if let worst = overlaps.max(by: { $0.iou < $1.iou }) {
        context.record(.masksApart, keys, "iou", worst.iou)
        context.record(.masksApart, keys, "iou_chance", worst.iouByChance)
      }
      let isApart = counted.allSatisfy {
        let overlap = MaskOverlap(masks.masks, $0)
        return overlap.iou <= Self.acceptedOverlap * overlap.iouByChance
      }
      if accuracy >= whole - Self.acceptedDrop, isApart { counted.append(masks.masks) }
    }
    context.record(
      .maskQuality, [stage.name], "non_uniqueness", Double(counted.count))
  }
}
