import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

extension Table {
  /// Reuse of weights from one permutation to the next.
  public static let transfer: Table = Table(
    "transfer", "How many of its weights a permutation shares with those before it",
    keys: [Key("permutation", .integer, "its number, from 0"), .layer],
    metrics: [
      Metric("n_kept", "number of weights that the permutation's mask keeps"),
      Metric(
        "n_shared",
        "kept weights that an earlier permutation keeps as well; not for permutation 0"),
      Metric("shared_frac", "n_shared / n_kept; not for permutation 0"),
      Metric(
        "shared_frac_chance",
        "shared_frac to be expected of a random mask of this size: the share of all weights that earlier "
          + "permutations use; computed when the tables of a study are built"),
      Metric("accuracy", "in the row `all`: after its own training, under its mask, 0…1"),
    ], controls: [.metric("shared_frac", control: "shared_frac_chance")],
    derivation: {
      SharingByChance.ofTransfer(try $0(.transfer), sizes: try $0(.layerStats))
    })
}

/// Appendix E: a network learns one permutation of the pixels after the other, and for each of them
/// a mask along with the weights. Does it build upon the weights it has?
///
/// Weights that a mask keeps are never changed again; all others are re-initialised for the
/// next permutation. Expectation: little is shared while there is room for new weights, except in the
/// output layer, which fills up first. Masks that start in favour of old weights share more, but by
/// far not everything. Figs. 14 and 15 of the workshop paper.
struct PermutedMNIST: Kind {
  typealias Configuration = PermutedMNISTSettings

  let name = "permuted-mnist"
  let summary = "Does a network that learns one permutation of MNIST after the other reuse weights?"
  let section = "E"
  let version = 1

  let tables: [Table] = [
    .accuracy, .layerStats, .pairOverlap, .transfer, .trainingCurve, .maskClusters,
  ]
  let artefacts: [Artefact] = [.weights, .masks]

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    let outline = description(c).outline
    try c.mask.validate(parameters: outline.parameters)
    let operations = c.task.heldOutCount(.mnist) * outline.forwardOperations
    let steps = (0..<c.transfer.permutations).flatMap { permutation -> [RunStep] in
      let stage = PermutedImages.name(permutation)
      let training = RunStep(
        stage, .masks, count: c.mask.steps,
        operations: outline.trainingOperations(batch: c.mask.batch))
      let earlier = (0..<permutation).map {
        RunStep.evaluation(stage, Self.mode(on: PermutedImages.name($0)), operations: operations)
      }
      return [training]
        + Self.modes.map { .evaluation(stage, $0.rawValue, operations: operations) } + earlier
    }
    return PreparedStudy(
      steps: try steps + c.clusters.steps(description(c)), key: nil,
      // Weights and masks are trained in the same steps.
      architecture: {
        outline.architecture(batch: nil, maskBatch: c.mask.batch, isMasked: c.mask.masks)
      },
      run: { try run(c, $0) },
      // Inputs are pixels in the order of the mask's permutation.
      evaluationSet: { EvaluationSet(try makeTasks(c, $0)) },
      predict: { try predict(with: description(c), $0) })
  }

  // MARK: Data

  /// The same images for all tasks, each time with their pixels in another order.
  func makeTasks(_ c: Configuration, _ context: RunContext) throws -> [PermutedImages] {
    let images = try c.task.parts(.mnist, context)
    let random = c.task.random("data/permutations", context)
    return (0..<c.transfer.permutations).map {
      PermutedImages(images, number: $0, random: random)
    }
  }

  // MARK: Model

  private func description(_ c: Configuration) -> NetworkDescription {
    .feedForward(sizes: [784] + c.model.hidden + [10])
  }

  private func makeNetwork(_ c: Configuration) -> SequentialNetwork<Float> {
    SequentialNetwork(description(c), random: RandomSource(seed: 0))
  }

  /// Initialises all weights as for a new network: N(0, gain² · 2 / (fanIn + fanOut)) with gain √2 before
  /// a ReLU and 1 at the output; biases are 0.
  private func draw(
    _ network: SequentialNetwork<Float>, permutation: Int, random: RandomSource
  ) {
    let layers = network.description.outline.weighted
    for (number, layer) in layers.enumerated() {
      let rule = Initialization.xavierNormal(
        gain: number == layers.count - 1 ? 1 : 2.0.squareRoot())
      for parameter in network.parameters where layer.parameterNames.contains(parameter.name) {
        parameter.value =
          parameter.role == .weight
          ? rule.draw(
            weight: parameter.shape, from: random.stream("init/\(parameter.name)"),
            step: permutation)
          : Tensor(zeros: parameter.shape)
      }
    }
  }

  // MARK: Training

  /// Learns one permutation: the network ends with its weights, the masks are returned.
  private func learn(
    _ task: PermutedImages, after earlier: [StageMasks], _ network: SequentialNetwork<Float>,
    _ c: Configuration, _ context: RunContext
  ) throws -> StageMasks {
    let random = context.random
    let first = network.description.outline.weighted.prefix(c.transfer.resetFirstLayer ? 1 : 0)
    let start = TransferStart(
      after: earlier.map(\.masks), resetting: first.parameterNames())
    start.reinitialize(network.parameters) {
      draw(network, permutation: earlier.count, random: random)
    }
    let old = Float(c.mask.initialLogit)
    let trainer = JointTrainer(
      network.parameters,
      startingFrom: start.logits(
        for: network.parameters, old: old, new: earlier.isEmpty ? old : Float(c.transfer.newLogit)),
      keeping: start.used, stage: task.name,
      settings: .init(
        learningRate: c.mask.learningRate, beta: c.mask.beta, batch: c.mask.batch,
        samples: c.mask.samples, clip: c.mask.clip),
      estimator: c.mask.estimator, random: random)
    let stage = PermutationStage(task.name, trainer: trainer)
    // One stream for all permutations: they see the same images, which removes a source of variance.
    let batches = BatchSampler(
      count: task.count, size: c.mask.batch, random: context.random("batches/masks"))
    try context.loop(phase: task.name, steps: c.mask.steps, state: stage) { step in
      let batch = batches.indices(step: step)
      let report = stage.step(step) { task.loss(of: network, batch, in: $0.pass()) }
      if (step + 1).isMultiple(of: c.logEvery) { stage.record(step: step + 1, in: context) }
      return report
    }
    context.note("mask_converged_\(task.name)", .bool(stage.hasConverged(in: context)))
    return stage.finished
  }

  // MARK: Measurement

  /// Mask modes under which a permutation is evaluated after its training: the learned mask, no
  /// mask, the inverse, and the controls of equal size.
  private static let modes: [MaskMode] = [
    .mask, .none, .inverse, .random, .randomComplement, .magnitude,
  ]

  /// What the evaluation of an earlier permutation is called.
  private static func mode(on permutation: String) -> String { "on-\(permutation)" }

  /// Records what the newest permutation keeps and shares, its accuracy, and that of the earlier
  /// ones, each under its own mask in the network as it is now.
  private func measure(
    _ stages: [StageMasks], _ tasks: [PermutedImages], _ network: SequentialNetwork<Float>,
    _ context: RunContext
  ) throws {
    let newest = stages.count - 1
    let stage = stages[newest]
    func evaluate(_ task: PermutedImages, _ masks: MaskSet) throws -> PermutedImages.Outcome {
      try task.evaluate(
        network, with: MaskedParameters(network.parameters, masks: masks),
        willContinue: context.checkCancellation)
    }
    let situation = MaskContext(
      weights: network.parameters.reduce(into: [:]) { $0[$1.name] = $1.value }, full: stage.masks,
      inputOutput: [], early: [])
    for mode in Self.modes {
      try context.evaluate(StepName.evaluation(stage.name, mode.rawValue)) {
        let masks = situation.masks(mode, of: stage.masks) {
          context.random("controls/\(stage.name)/\(mode.rawValue)/\($0)")
        }
        let outcome = try evaluate(tasks[newest], masks)
        outcome.record([stage.name, mode.rawValue, tasks[newest].name], in: context)
        guard mode == .mask else { return }
        context.record(.transfer, [String(newest), "all"], "accuracy", outcome.accuracy)
      }
    }
    for (task, earlier) in zip(tasks, stages.dropLast()) {
      try context.evaluate(StepName.evaluation(stage.name, Self.mode(on: task.name))) {
        let outcome = try evaluate(task, earlier.masks)
        outcome.record([stage.name, MaskMode.mask.rawValue, task.name], in: context)
      }
      earlier.recordOverlap(with: stage, in: context)
    }
    stage.recordKept(in: context)
    TransferSharing(stages.map(\.masks)).record(in: context)
  }

  private func run(_ c: Configuration, _ context: RunContext) throws {
    let tasks = try makeTasks(c, context)
    let network = makeNetwork(c)
    var stages: [StageMasks] = []
    for task in tasks {
      stages.append(try learn(task, after: stages, network, c, context))
      try measure(stages, tasks, network, context)
    }
    try c.clusters.record(stages, of: network, in: context)
    try context.save(network)
    try context.save(stages)
  }
}
