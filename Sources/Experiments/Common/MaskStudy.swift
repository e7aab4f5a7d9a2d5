import Autograd
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// Learns masks for a frozen network, stage after stage.
struct MaskStudy<Network: ParameterContainer> where Network.Scalar == Float {
  /// Where the network comes from.
  let source: NetworkSource<Network>
  /// How its masks are trained.
  private(set) var masking: MaskSettings
  /// What they are compared with.
  var controls = ControlSettings.off

  var network: Network { source.network }
  var context: RunContext { source.context }
  /// The evaluations of the network, as it is and under masks.
  var evaluation: MaskedEvaluation<Network> {
    MaskedEvaluation(network: network, context: context, controls: controls)
  }

  /// The same with masks that are trained for right answers, whatever the settings say.
  var forRightAnswers: MaskStudy {
    var copy = self
    copy.masking.objective = .task
    return copy
  }

  /// What the masks of one stage are trained for.
  struct Stage {
    /// The name in tables and files.
    var name: String
    /// What its step is called, after `masks-`; the name if nil.
    var step: String?
    /// The number of training examples.
    let examples: Int
    /// The stream that batches are drawn from. One for all stages, unless they say otherwise: over equal
    /// data they see equal batches, which removes a source of variance.
    var batches = "batches/masks"
    /// Logits of a finished stage that this one takes over and does not train, by group of gates.
    var copied: [String: Tensor<Float>] = [:]
    /// What earlier masks of the same task keep and these are pressed away from; nil for none.
    var avoided: MaskSet?
    /// The loss on the examples of the given indices, with the passes of the network's calls.
    let loss: ([Int], MaskedCalls<Float>) -> Value<Float>
  }

  /// Trains fresh masks for every stage, one after the other. The first one is the full task.
  func learnMasks(
    _ stages: [Stage], frozen: FrozenGradients<Float>
  ) throws -> [StageMasks] {
    try masking.masked(stages: stages).map { stage in
      let masks = try makeMasks(stage, frozen: frozen, passesOn: true)
      try context.loop(
        phase: StepName.masks(stage.step ?? stage.name), steps: masking.steps, state: masks
      ) {
        step(stage, masks, $0)
      }
      return finished(masks)
    }
  }

  /// Trains fresh masks for every stage, in any order or at the same time: each starts from the same
  /// accumulators.
  func learnIndependentMasks(
    _ stages: [Stage], frozen: FrozenGradients<Float>
  ) throws -> [StageMasks] {
    var found: [String: StageMasks] = [:]
    try context.loops(
      stages.map { stage in
        IndependentPhase(
          StepName.masks(stage.step ?? stage.name), steps: masking.steps,
          makeState: { try makeMasks(stage, frozen: frozen.copy(), passesOn: false) },
          body: { masks, number in step(stage, masks, number) },
          finished: { masks in found[stage.name] = finished(masks) })
      })
    return stages.compactMap { found[$0.name] }
  }

  /// Trains masks of the full task, then those of other stages, which take some of them over and do not
  /// train them: each on its own.
  ///
  /// - Parameters:
  ///   - full: the full task.
  ///   - others: the other stages.
  ///   - isCopied: whether the masks of the parameter of this name are taken over.
  ///   - repetition: the number of a repetition with other batches and noise; 0 for the stages themselves.
  ///   - frozen: the accumulators for clipping.
  func learnMasks(
    full: Stage, others: [Stage], takingOver isCopied: (String) -> Bool, repetition: Int = 0,
    frozen: FrozenGradients<Float>
  ) throws -> [StageMasks] {
    let first = try learnIndependentMasks([full.repeated(repetition)], frozen: frozen)
    guard masking.stages == .all else { return first }
    let copied = first[0].logits.filter { isCopied(GateGroup.parameter(ofGroup: $0.key)) }
    let stages = others.map { stage in
      var copy = stage.repeated(repetition)
      copy.copied = copied
      return copy
    }
    return first + (try learnIndependentMasks(stages, frozen: frozen))
  }

  private func makeMasks(
    _ stage: Stage, frozen: FrozenGradients<Float>, passesOn: Bool
  ) throws -> MaskStage {
    guard stage.examples > 0 else {
      throw Failure(
        .manifestInvalid, "the training set has no example of stage '\(stage.name)'",
        help: "raise the size of the training set")
    }
    let masked = Set(masking.masked(network.outline).map(\.name))
    let trainer = MaskTrainer(
      masking: network.parameters.filter { masked.contains($0.name) }, stage: stage.name,
      settings: masking.training(batch: source.settings.batch), estimator: masking.estimator,
      unit: masking.maskUnit(of: network.outline), frozenGradients: frozen, random: context.random,
      copying: stage.copied,
      avoiding: stage.avoided.map { ($0, ControlSettings.repulsion) })
    return MaskStage(stage.name, trainer: trainer, frozen: frozen, passesOn: passesOn)
  }

  /// Takes one step of a stage.
  private func step(_ stage: Stage, _ masks: MaskStage, _ step: Int) -> StepReport {
    let batches = BatchSampler(
      count: stage.examples, size: masking.batch ?? source.settings.batch,
      random: context.random(stage.batches))
    let batch = batches.indices(step: step)
    let report = masks.step(step) { stage.loss(batch, $0) }
    if (step + 1).isMultiple(of: source.logEvery) { masks.record(step: step + 1, in: context) }
    return report
  }

  private func finished(_ masks: MaskStage) -> StageMasks {
    context.note("mask_converged_\(masks.name)", .bool(masks.hasConverged(in: context)))
    return masks.finished
  }
}

extension MaskStudy {
  /// The study of a network with the settings of a manifest.
  ///
  /// - Parameter buffers: what the network changes by itself in training.
  init<Task, Model>(
    _ network: Network, _ c: StudySettings<Task, Model>, _ context: RunContext,
    buffers: [StateBuffer<Float>] = []
  ) {
    self.init(
      source: NetworkSource(
        network, buffers: buffers, c.pretrain, logEvery: c.logEvery,
        keepingInitial: c.controls.needsInitialWeights, context),
      masking: c.mask, controls: c.controls)
  }
}
