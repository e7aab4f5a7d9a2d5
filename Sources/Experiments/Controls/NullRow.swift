import ExperimentKit

/// What a mask that should mean nothing does, against the mask of a stage.
struct NullRow {
  /// Number of weights that it keeps.
  let kept: Int
  /// Number of weights that the stage's mask keeps.
  let keptByStage: Int
  /// On its own task.
  let accuracy: Double
  /// The same with as many weights as the stage's mask.
  let atEqualSize: Double
  /// Of the stage's mask on the stage's task.
  let ofStage: Double
  /// On its own task, of the network without masks.
  let ofNetwork: Double
  /// On its own task, of the best answer that does not look at the input.
  let chance: Double

  /// Whether the stage's mask says more than this one.
  var stageHasMeaning: Bool { atEqualSize < (chance + ofStage) / 2 }

  /// Records the row of `null_masks`.
  func record(_ keys: [String], in context: RunContext) {
    for (metric, value) in [
      ("n_kept", Double(kept)), ("n_kept_stage", Double(keptByStage)), ("accuracy", accuracy),
      ("accuracy_equal_size", atEqualSize), ("accuracy_stage", ofStage),
      ("accuracy_network", ofNetwork), ("chance", chance),
      ("has_meaning", stageHasMeaning ? 1 : 0),
    ] {
      context.record(.nullMasks, keys, metric, value)
    }
  }
}
