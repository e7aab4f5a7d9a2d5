import Autograd
import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// Section 3.1: which weights does a network use for addition, which for multiplication, and does
/// it share them?
///
/// Expectation: the operations share most weights next to inputs and outputs and few in between,
/// although they share subproblems; multiplication needs more weights than addition; with the mask
/// of one operation the network performs that operation whatever the input asks for. Figs. 1, 2, 7,
/// 8, 9 and 11 of the workshop paper.
///
/// The same code serves several registered experiments, which differ in what their manifests vary.
struct AdditionMultiplicationFNN: Experiment {
  typealias Configuration = AdditionMultiplicationSettings

  let name: String
  let summary: String
  let section = "3.1"
  let version = 1

  func validate(_ c: Configuration) throws {
    guard c.pretrain.batch.isMultiple(of: c.mask.samples) else {
      throw Failure(
        .manifestInvalid, "pretrain.batch is no multiple of mask.samples",
        why:
          "each of the \(c.mask.samples) masks serves an equal part of \(c.pretrain.batch) examples",
        help: "choose a batch such as \(c.mask.samples * max(1, c.pretrain.batch / c.mask.samples))"
      )
    }
    guard FeedForwardNetwork<Float>.outline(sizes: sizes(c)).contains(where: c.mask.masks) else {
      throw Failure(
        .manifestInvalid, "no parameter of the network gets a mask",
        why: "mask.roles and mask.exclude leave nothing", help: "the default is roles: [weight]")
    }
  }

  // MARK: Data

  private struct Data {
    let task: AdditionMultiplication
    let train: [AdditionMultiplication.Example]
    let valid: AdditionMultiplicationEvaluation
  }

  private func makeData(_ c: Configuration, _ context: RunContext) -> Data {
    let task = AdditionMultiplication(digits: c.task.digits)
    return Data(
      task: task,
      train: task.examples(c.task.trainSize, random: context.random("data/train")),
      valid: AdditionMultiplicationEvaluation(
        task: task,
        examples: task.examples(c.task.validSize, random: context.random("data/valid"))))
  }

  // MARK: Model

  /// 2·10·digits + 2 inputs, ReLU layers, 10·digits outputs.
  private func makeNetwork(
    _ c: Configuration, random: RandomSource = RandomSource(seed: 0)
  ) -> FeedForwardNetwork<Float> {
    FeedForwardNetwork(sizes: sizes(c), random: random)
  }

  private func sizes(_ c: Configuration) -> [Int] {
    let task = AdditionMultiplication(digits: c.task.digits)
    return [task.inputSize] + c.model.hidden + [task.outputSize]
  }

  func describe(_ c: Configuration) throws -> Architecture {
    Architecture(feedForward: sizes(c), batch: c.pretrain.batch, isMasked: c.mask.masks)
  }

  // MARK: Training

  /// Mean cross-entropy over all digits of a batch.
  private func loss(
    _ network: FeedForwardNetwork<Float>, _ task: AdditionMultiplication,
    _ batch: [AdditionMultiplication.Example], _ pass: ForwardPass<Float>
  ) -> Value<Float> {
    let graph = pass.graph
    let logits = network.forward(graph.constant(task.inputs(batch)), in: pass)
    let digits = batch.count * task.encoding.digits
    return graph.crossEntropy(
      logits: graph.reshape(logits, to: [digits, DigitEncoding.base]), classes: task.targets(batch))
  }

  /// What pre-training depends on: runs that agree in it share the trained network.
  func pretrainingKey(_ c: Configuration) -> JSONValue? {
    [
      "network": "addition-multiplication-fnn", "version": .integer(version),
      "task": Configuration.Task.schema.encode(c.task),
      "model": Configuration.Model.schema.encode(c.model),
      "pretrain": PretrainingSettings.schema.encode(c.pretrain),
      "log-every": .integer(c.logEvery),
    ]
  }

  private func pretrain(
    _ network: FeedForwardNetwork<Float>, _ data: Data, _ c: Configuration, _ context: RunContext
  ) throws -> FrozenGradients<Float> {
    let training = Pretraining(network.parameters, settings: c.pretrain)
    let batches = BatchSampler(
      count: data.train.count, size: c.pretrain.batch, random: context.random("batches/pretrain"))
    try context.cachedLoop(
      phase: "pretrained", key: pretrainingKey(c) ?? .null, steps: c.pretrain.steps, state: training
    ) { step in
      let batch = batches.indices(step: step).map { data.train[$0] }
      let report = training.step(step) { loss(network, data.task, batch, $0) }
      if (step + 1).isMultiple(of: c.logEvery) { training.record(step: step + 1, in: context) }
      return report
    }
    return FrozenGradients(network.parameters, startingFrom: training.lastGradients)
  }

  // MARK: Masking

  /// Stage 0 is the complete task; the others train on the examples of one operation.
  private static let stages: [(name: String, operation: AdditionMultiplication.Operation?)] = [
    ("full", nil), ("add", .add), ("mul", .multiply),
  ]

  private func learnMasks(
    _ network: FeedForwardNetwork<Float>, _ data: Data, _ frozen: FrozenGradients<Float>,
    _ c: Configuration, _ context: RunContext
  ) throws -> [StageMasks] {
    let masked = network.parameters.filter(c.mask.masks)
    return try Self.stages.map { name, operation in
      let train = data.train.filter { operation == nil || $0.operation == operation }
      guard !train.isEmpty else {
        throw Failure(
          .manifestInvalid, "the training set has no example of stage '\(name)'",
          help: "raise task.train-size")
      }
      // One stream for all stages: over equal data they see equal batches, which removes a source
      // of variance.
      let batches = BatchSampler(
        count: train.count, size: c.pretrain.batch, random: context.random("batches/masks"))
      let stage = MaskStage(
        name, masking: masked, settings: c.mask, batch: c.pretrain.batch, frozen: frozen,
        random: RandomSource(seed: UInt64(context.seed)))
      try context.loop(phase: "masks-\(name)", steps: c.mask.steps, state: stage) { step in
        let batch = batches.indices(step: step).map { train[$0] }
        let report = stage.step(step) { loss(network, data.task, batch, $0.pass()) }
        if (step + 1).isMultiple(of: c.logEvery) { stage.record(step: step + 1, in: context) }
        return report
      }
      context.note("mask_converged_\(name)", .bool(stage.hasConverged(in: context)))
      return StageMasks(name: name, logits: stage.logits)
    }
  }

  // MARK: Measurement

  /// Accuracy, loss and confusion under every mask mode; sharing, overlap and histogram of the
  /// masks.
  private func measure(
    _ network: FeedForwardNetwork<Float>, _ data: Data, _ stages: [StageMasks],
    _ context: RunContext
  ) throws {
    context.log("measuring")
    MaskTables(stages: stages, context: context).record()
    func names(_ layers: some Sequence<Linear<Float>>) -> Set<String> {
      Set(layers.flatMap(\.parameters).map(\.name))
    }
    let situation = MaskContext(
      weights: network.parameters.reduce(into: [:]) { $0[$1.name] = $1.value },
      full: stages[0].masks,
      inputOutput: names(network.layers.prefix(1)).union(names(network.layers.suffix(1))),
      early: names(network.layers.prefix((network.layers.count + 1) / 2)))
    func judge(stage: String, mode: MaskMode, masks: MaskSet) throws -> ConfusionCounts {
      let source = MaskedParameters(network.parameters, masks: masks)
      let outcome = try data.valid.judge(
        network, with: source, willContinue: context.checkCancellation)
      outcome.record(stage: stage, mode: mode, in: context)
      return outcome.confusion
    }
    _ = try judge(stage: "pretrained", mode: .none, masks: MaskSet([:]))
    var full: ConfusionCounts?
    for (index, stage) in stages.enumerated() {
      for mode in MaskMode.allCases where mode != .none && (index == 0 || !mode.isHalf) {
        let effective = situation.masks(mode, of: stage.masks) {
          context.random("controls/\(stage.name)/\(mode.rawValue)/\($0)")
        }
        let confusion = try judge(stage: stage.name, mode: mode, masks: effective)
        guard mode == .mask else { continue }
        if let full {
          confusion.recordDelta(from: full, stage: stage.name, in: context)
        } else {
          full = confusion
        }
      }
    }
  }

  func totalSteps(_ c: Configuration) -> Int {
    c.pretrain.steps + Self.stages.count * c.mask.steps
  }

  func run(_ c: Configuration, _ context: RunContext) throws {
    let data = makeData(c, context)
    let network = makeNetwork(c, random: RandomSource(seed: UInt64(context.seed)))
    let frozen = try pretrain(network, data, c, context)
    let stages = try learnMasks(network, data, frozen, c, context)
    try measure(network, data, stages, context)
    try context.save(network, stages)
  }

  func predict(_ c: Configuration, _ request: PredictionRequest) throws -> Tensor<Float> {
    try predict(with: makeNetwork(c), request)
  }
}
