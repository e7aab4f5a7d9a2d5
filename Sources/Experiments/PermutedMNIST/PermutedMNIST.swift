import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// Appendix E: a network learns one permutation of the pixels after the other, and for each of them
/// a mask along with the weights. Does it build upon the weights it has?
///
/// Weights that a mask keeps are never changed again; all others are drawn anew for the next
/// permutation. Expectation: little is shared while there is room for new weights, except in the
/// output layer, which fills up first. Masks that start in favour of old weights share more, but by
/// far not everything. Figs. 14 and 15 of the workshop paper.
struct PermutedMNIST: Kind {
  typealias Configuration = PermutedMNISTSettings

  let name = "permuted-mnist"
  let summary = "Does a network that learns one permutation of MNIST after the other reuse weights?"
  let section = "E"
  let version = 1

  func validate(_ c: Configuration) throws {
    try c.mask.validate(parameters: FeedForwardNetwork<Float>.outline(sizes: sizes(c)))
  }

  // MARK: Data

  /// The same images for all tasks, each time with their pixels in another order.
  func makeTasks(_ c: Configuration, _ context: RunContext) throws -> [PermutedImages] {
    let images = try c.task.parts(.mnist, context)
    let random = context.random("data/permutations")
    return (0..<c.transfer.permutations).map {
      PermutedImages(images, number: $0, random: random)
    }
  }

  // MARK: Model

  private func sizes(_ c: Configuration) -> [Int] { [784] + c.model.hidden + [10] }

  private func makeNetwork(_ c: Configuration) -> FeedForwardNetwork<Float> {
    FeedForwardNetwork(sizes: sizes(c), random: RandomSource(seed: 0))
  }

  /// Draws all weights as for a new network: N(0, gain² · 2 / (fanIn + fanOut)) with gain √2 before
  /// a ReLU and 1 at the output; biases are 0.
  private func draw(
    _ network: FeedForwardNetwork<Float>, permutation: Int, random: RandomSource
  ) {
    for (number, layer) in network.layers.enumerated() {
      let isLast = number == network.layers.count - 1
      layer.initialize(
        weight: .xavierNormal(gain: isLast ? 1 : 2.0.squareRoot()), bias: .constant(0),
        random: random, step: permutation)
    }
  }

  func describe(_ c: Configuration) throws -> Architecture {
    var architecture = Architecture(
      parameters: FeedForwardNetwork<Float>.outline(sizes: sizes(c)), batch: c.mask.batch,
      inputShape: [784], outputShape: [10], isMasked: c.mask.masks, kind: { _ in "linear" },
      uses: { _ in 1 })
    // Weights and masks are trained in the same steps.
    architecture.pretrainingOperationsPerStep = 0
    return architecture
  }

  // MARK: Training

  func totalSteps(_ c: Configuration) -> Int { c.transfer.permutations * c.mask.steps }

  /// Learns one permutation: the network ends with its weights, the masks are returned.
  private func learn(
    _ task: PermutedImages, after earlier: [StageMasks], _ network: FeedForwardNetwork<Float>,
    _ c: Configuration, _ context: RunContext
  ) throws -> StageMasks {
    let random = RandomSource(seed: UInt64(context.seed))
    let first = c.transfer.resetFirstLayer ? network.layers[0].parameters.map(\.name) : []
    let start = TransferStart(after: earlier.map(\.masks), resetting: Set(first))
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
        samples: c.mask.samples, clip: c.mask.clip), random: random)
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
    return StageMasks(name: task.name, logits: stage.logits)
  }

  // MARK: Measurement

  /// Mask modes under which a permutation is judged after its training: the learned mask, no mask,
  /// the inverse, and the controls of equal size.
  private static let modes: [MaskMode] = [
    .mask, .none, .inverse, .random, .randomComplement, .magnitude,
  ]

  /// Records what the newest permutation keeps and shares, its accuracy, and that of the earlier
  /// ones, each under its own mask in the network as it is now.
  private func measure(
    _ stages: [StageMasks], _ tasks: [PermutedImages], _ network: FeedForwardNetwork<Float>,
    _ context: RunContext
  ) throws {
    let newest = stages.count - 1
    let stage = stages[newest]
    func judge(_ task: PermutedImages, _ masks: MaskSet) throws -> PermutedImages.Outcome {
      try task.judge(
        network, with: MaskedParameters(network.parameters, masks: masks),
        willContinue: context.checkCancellation)
    }
    let situation = MaskContext(
      weights: network.parameters.reduce(into: [:]) { $0[$1.name] = $1.value }, full: stage.masks,
      inputOutput: [], early: [])
    for mode in Self.modes {
      let masks = situation.masks(mode, of: stage.masks) {
        context.random("controls/\(stage.name)/\(mode.rawValue)/\($0)")
      }
      let outcome = try judge(tasks[newest], masks)
      outcome.record([stage.name, mode.rawValue, tasks[newest].name], in: context)
      guard mode == .mask else { continue }
      context.record(.transfer, [String(newest), "all"], "accuracy", outcome.accuracy)
    }
    for (task, earlier) in zip(tasks, stages.dropLast()) {
      let outcome = try judge(task, earlier.masks)
      outcome.record([stage.name, MaskMode.mask.rawValue, task.name], in: context)
      earlier.recordOverlap(with: stage, in: context)
    }
    stage.recordKept(in: context)
    TransferSharing(stages.map(\.masks)).record(in: context)
  }

  func run(_ c: Configuration, _ context: RunContext) throws {
    let tasks = try makeTasks(c, context)
    let network = makeNetwork(c)
    var stages: [StageMasks] = []
    for task in tasks {
      stages.append(try learn(task, after: stages, network, c, context))
      try measure(stages, tasks, network, context)
    }
    try context.save(network, stages)
  }

  /// Inputs are pixels in the order of the mask's permutation.
  func predict(_ c: Configuration, _ request: PredictionRequest) throws -> Tensor<Float> {
    let network = makeNetwork(c)
    return try predict(with: network, inputs: 784, request) { network.forward($0, in: $1) }
  }
}
