import Autograd
import ExperimentKit
import Masks
import NeuralNetworks
import Tensors

/// What controls need to know about a stage.
struct ControlledStage<Network: ParameterContainer> where Network.Scalar == Float {
  /// How its masks are trained.
  let stage: MaskStudy<Network>.Stage
  /// What they are judged on.
  let task: MaskTask

  var name: String { stage.name }
}

/// The controls of a study's masks: what they are worth when removed weights come back, on other tasks and
/// at other sizes; what masks of the same tasks would be another time, and masks of functions that the
/// network never learned.
///
/// Everything is a step of the run.
struct MaskControls<Network: ParameterContainer> where Network.Scalar == Float {
  let study: MaskStudy<Network>
  /// In the order of the stages; the first is the full task.
  let stages: [ControlledStage<Network>]
  /// Functions that the network never learned, by name.
  let neverLearned: (String) -> ControlledStage<Network>
  /// Names of those that masks are learned for.
  let nullNames: [String]
  /// The accumulators for clipping as the first stage found them; nil when no masks are trained.
  let frozen: FrozenGradients<Float>?
  /// Learns the masks of all stages once more; the number of the repetition names batches and noise.
  let relearn: (_ repetition: Int, _ frozen: FrozenGradients<Float>) throws -> [StageMasks]

  var settings: ControlSettings { study.controls }
  var context: RunContext { study.context }

  /// Controls, to be made before the masks of the stages are trained.
  ///
  /// - Parameters:
  ///   - study: whose masks are controlled.
  ///   - stages: its stages.
  ///   - declared: names of the functions that the network never learned.
  ///   - frozen: the accumulators for clipping.
  ///   - neverLearned: a function by its name.
  ///   - relearn: learns the masks of all stages once more; by default one stage after the other.
  init(
    _ study: MaskStudy<Network>, stages: [ControlledStage<Network>], declared: [String],
    frozen: FrozenGradients<Float>,
    neverLearned: @escaping (String) -> ControlledStage<Network>,
    relearn: ((_ repetition: Int, _ frozen: FrozenGradients<Float>) throws -> [StageMasks])? = nil
  ) throws {
    self.study = study
    self.stages = stages
    self.neverLearned = neverLearned
    nullNames = try study.controls.neverLearned(of: declared)
    self.frozen = study.controls.trainsMasks ? frozen.copy() : nil
    self.relearn =
      relearn ?? { repetition, frozen in
        try study.learnMasks(stages.map { $0.stage.repeated(repetition) }, frozen: frozen)
      }
  }

  /// Compares the masks of the stages with all that the level says.
  func run(_ masks: [StageMasks]) throws {
    guard settings.areOn else { return }
    try recordNetwork()
    for (stage, masks) in zip(stages, masks) {
      try recordTasks(masks, of: stage)
      try recordCurve(masks, of: stage)
      try recordRobustness(masks, of: stage)
    }
    guard let frozen else { return }
    try NullMasks(controls: self, frozen: frozen).run(masks)
  }

  // MARK: Parts

  /// Judges masks on examples of a task.
  func accuracy(_ masks: MaskSet, on examiner: MaskExaminer) throws -> Double {
    try accuracy(MaskedParameters(study.network.parameters, masks: masks), on: examiner)
  }

  /// Judges parameters on examples of a task.
  func accuracy(
    _ source: any ParameterSource<Float>, on examiner: MaskExaminer
  ) throws -> Double {
    try examiner.accuracy(under: source, willContinue: context.checkCancellation)
  }

  /// The inputs of a task's examples.
  func examiner(_ stage: ControlledStage<Network>) -> MaskExaminer {
    stage.task.examiner(limit: settings.examples)
  }

  /// The network as it is on the tasks of all stages.
  private func recordNetwork() throws {
    let name = StepName.pretraining
    try context.evaluate(StepName.evaluation(name, ControlStep.tasks)) {
      for task in stages { try record(MaskSet([:]), called: name, on: task) }
    }
  }

  /// The mask of a stage on the tasks of all stages, and its complement on its own.
  private func recordTasks(_ masks: StageMasks, of stage: ControlledStage<Network>) throws {
    try context.evaluate(StepName.evaluation(stage.step, ControlStep.tasks)) {
      for task in stages { try record(masks.masks, called: masks.name, on: task) }
      let left = try accuracy(!masks.masks, on: examiner(stage))
      context.record(.maskQuality, [masks.name], "complement_accuracy", left)
      let whole = recordedAccuracy(of: StepName.pretraining, on: stage.name)
      let chance = stage.task.chance
      guard whole != chance else { return }
      context.record(
        .maskQuality, [masks.name], "complement_left", (left - chance) / (whole - chance))
    }
  }

  /// Records the accuracy of masks on a task.
  func record(
    _ masks: MaskSet, called name: String, on task: ControlledStage<Network>
  ) throws {
    let found = try accuracy(masks, on: examiner(task))
    context.record(.maskTransfer, [name, task.name], "accuracy", found)
    context.record(.maskTransfer, [name, task.name], "chance", task.task.chance)
  }

  /// What ``record(_:called:on:)`` has recorded.
  func recordedAccuracy(of name: String, on task: String) -> Double {
    context.records(of: .maskTransfer).first {
      $0.keys == [name, task] && $0.metric == "accuracy"
    }?.value ?? .nan
  }

  private func recordCurve(_ masks: StageMasks, of stage: ControlledStage<Network>) throws {
    try context.evaluate(StepName.evaluation(stage.step, ControlStep.curve)) {
      let ranked = RankedWeights(logits: masks.weightLogits)
      let examiner = examiner(stage)
      let sizes = KeptFractionCurve.fractions.map {
        Int((Double(ranked.count) * $0).rounded())
      }
      let scores = try sizes.map { try accuracy(ranked.mask(keeping: $0), on: examiner) }
      let empty = try accuracy(ranked.mask(keeping: 0), on: examiner)
      let curve = KeptFractionCurve(scores: scores, empty: empty)
      for (index, fraction) in KeptFractionCurve.fractions.enumerated() {
        let keys = [masks.name, "\(fraction)"]
        context.record(.keptCurve, keys, "n_kept", Double(sizes[index]))
        context.record(.keptCurve, keys, "accuracy", scores[index])
        guard let curve else { continue }
        context.record(.keptCurve, keys, "faithfulness", curve.faithfulness[index])
      }
      guard let curve else { return }
      context.record(.maskQuality, [masks.name], "cpr", curve.area)
      context.record(.maskQuality, [masks.name], "cmd", curve.distance)
    }
  }
}

extension ControlledStage {
  /// What the steps of the stage are called.
  var step: String { stage.step ?? stage.name }
}

extension MaskStudy.Stage {
  /// The same stage once more, with other batches and other noise; for repetition 0 the stage itself.
  func repeated(_ repetition: Int) -> MaskStudy.Stage {
    guard repetition > 0 else { return self }
    var copy = renamed { Self.name($0, repetition) }
    copy.batches = "\(batches)/repeat-\(repetition)"
    return copy
  }

  /// The same stage under another name, with the same batches.
  func renamed(_ name: (String) -> String) -> MaskStudy.Stage {
    var copy = self
    copy.name = name(self.name)
    copy.step = step.map(name)
    return copy
  }

  /// The name of a repetition of a stage, counted from 1.
  static func name(_ stage: String, _ repetition: Int) -> String {
    "\(stage)-repeat-\(repetition)"
  }
}
