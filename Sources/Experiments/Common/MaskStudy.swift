import Autograd
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// The course that experiments with masks share: a network is trained and frozen, gets masks for one
/// stage after the other, and is judged under them.
struct MaskStudy<Network: ParameterContainer> where Network.Scalar == Float {
  /// What is trained.
  let network: Network
  /// What the network changes by itself in training.
  let buffers: [StateBuffer<Float>]
  /// How it is trained.
  let pretraining: PretrainingSettings
  /// How its masks are trained.
  let masking: MaskSettings
  /// Steps between the rows of the training curve.
  let logEvery: Int
  let context: RunContext

  private var random: RandomSource { RandomSource(seed: UInt64(context.seed)) }

  // MARK: Training

  /// Trains the network, or takes it from the cache.
  ///
  /// - Parameters:
  ///   - key: what the result depends on besides the seed; runs that agree in it share the network.
  ///   - count: the number of training examples.
  ///   - loss: the loss on the examples of the given indices.
  /// - Returns: the accumulators for clipping, which start from the last clipped gradient.
  func pretrain(
    key: JSONValue, examples count: Int,
    loss: ([Int], ForwardPass<Float>) -> Value<Float>
  ) throws -> FrozenGradients<Float> {
    let training = Pretraining(
      network.parameters, buffers: buffers, settings: pretraining, random: random)
    let batches = BatchSampler(
      count: count, size: pretraining.batch, random: context.random("batches/pretrain"))
    try context.cachedLoop(
      phase: "pretrained", key: key, steps: pretraining.steps, state: training
    ) { step in
      let batch = batches.indices(step: step)
      let report = training.step(step) { loss(batch, $0) }
      if (step + 1).isMultiple(of: logEvery) { training.record(step: step + 1, in: context) }
      return report
    }
    return FrozenGradients(network.parameters, startingFrom: training.lastGradients)
  }

  // MARK: Masking

  /// What the masks of one stage are trained for.
  struct Stage {
    /// The name in tables and files.
    let name: String
    /// The number of training examples.
    let examples: Int
    /// The stream that batches are drawn from. One for all stages, unless they say otherwise: over equal
    /// data they see equal batches, which removes a source of variance.
    var batches = "batches/masks"
    /// Logits of a finished stage that this one takes over and does not train, by parameter name.
    var copied: [String: Tensor<Float>] = [:]
    /// The loss on the examples of the given indices, with the passes of the network's calls.
    let loss: ([Int], MaskedCalls<Float>) -> Value<Float>
  }

  /// Trains fresh masks for every stage, one after the other. Stage 0 is the complete task.
  func learnMasks(
    _ stages: [Stage], frozen: FrozenGradients<Float>
  ) throws -> [StageMasks] {
    try stages.map { stage in
      let masks = try makeMasks(stage, frozen: frozen, passesOn: true)
      try context.loop(phase: phase(stage), steps: masking.steps, state: masks) {
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
          phase(stage), steps: masking.steps,
          makeState: { try makeMasks(stage, frozen: frozen.copy(), passesOn: false) },
          body: { masks, number in step(stage, masks, number) },
          finished: { masks in found[stage.name] = finished(masks) })
      })
    return stages.compactMap { found[$0.name] }
  }

  private func phase(_ stage: Stage) -> String { "masks-\(stage.name)" }

  private func makeMasks(
    _ stage: Stage, frozen: FrozenGradients<Float>, passesOn: Bool
  ) throws -> MaskStage {
    guard stage.examples > 0 else {
      throw Failure(
        .manifestInvalid, "the training set has no example of stage '\(stage.name)'",
        help: "raise the size of the training set")
    }
    return MaskStage(
      stage.name, masking: network.parameters.filter { masking.masks($0) }, settings: masking,
      batch: pretraining.batch, frozen: frozen, passesOn: passesOn, copying: stage.copied,
      random: random)
  }

  /// Takes one step of a stage.
  private func step(_ stage: Stage, _ masks: MaskStage, _ step: Int) -> StepReport {
    let batches = BatchSampler(
      count: stage.examples, size: masking.batch ?? pretraining.batch,
      random: context.random(stage.batches))
    let batch = batches.indices(step: step)
    let report = masks.step(step) { stage.loss(batch, $0) }
    if (step + 1).isMultiple(of: logEvery) { masks.record(step: step + 1, in: context) }
    return report
  }

  private func finished(_ masks: MaskStage) -> StageMasks {
    context.note("mask_converged_\(masks.name)", .bool(masks.hasConverged(in: context)))
    return StageMasks(name: masks.name, logits: masks.logits)
  }

  // MARK: Measurement

  /// The tensors that mask modes treat apart.
  struct Parts {
    /// Those next to inputs and outputs.
    let inputOutput: Set<String>
    /// One or more early halves of the tensors; results are taken over all of them together.
    let halves: [Set<String>]
  }

  /// Calls `body` for the trained network, then for every stage and mask mode with the masks that
  /// take effect: one set, or one for each half.
  ///
  /// The half modes are asked for at stage 0 only.
  func forEachMode(
    _ stages: [StageMasks], parts: Parts,
    _ body: (_ stage: String, _ mode: MaskMode, _ masks: [MaskSet]) throws -> Void
  ) throws {
    try body("pretrained", .none, [MaskSet([:])])
    let weights = network.parameters.reduce(into: [:]) { $0[$1.name] = $1.value }
    for (index, stage) in stages.enumerated() {
      for mode in MaskMode.allCases where mode != .none && (index == 0 || !mode.isHalf) {
        let halves = mode.isHalf ? parts.halves : [parts.halves.first ?? []]
        let masks = halves.map { early in
          MaskContext(
            weights: weights, full: stages[0].masks, inputOutput: parts.inputOutput, early: early
          ).masks(mode, of: stage.masks) {
            context.random("controls/\(stage.name)/\(mode.rawValue)/\($0)")
          }
        }
        try body(stage.name, mode, masks)
      }
    }
  }
}
