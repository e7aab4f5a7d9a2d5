import Autograd
import Datasets
import ExperimentKit
import NetworkFiles
import NeuralNetworks
import Store
import Tensors

/// A network in the states in which it is studied, with the examples that it knows.
struct StagedNetwork {
  /// What the network consists of.
  let units: UnitLayers
  /// Names of the stages, and all parameters and buffers in each.
  let stages: [(name: String, tensors: [String: Tensor<Float>])]
  /// The examples; nil for a network that takes none of the task.
  let examples: ClusterBaseSettings.Examples?
  /// What weight files say of the network; nil for one that they cannot describe.
  let architecture: NetworkArchitecture?
  let context: RunContext

  /// The network in a stage.
  ///
  /// - Parameters:
  ///   - tensors: of the stage.
  ///   - units: the network for other images; nil for those that it takes.
  func network(
    _ tensors: [String: Tensor<Float>], units: UnitLayers? = nil
  ) -> UnitNetwork<Float> {
    do {
      return try UnitNetwork(units ?? self.units, tensors: tensors)
    } catch {
      fatalError("a stage does not fit its network: \(error)")
    }
  }

  /// The examples of a study that has said, when it was prepared, that it needs some.
  var neededExamples: ClusterBaseSettings.Examples {
    guard let examples else {
      fatalError("examples were not asked for when the study was prepared")
    }
    return examples
  }

  /// The test images of a study that needs those of the task.
  var neededImages: ImageSet {
    guard let images = neededExamples.test as? ImageSet else {
      fatalError("images were not asked for when the study was prepared")
    }
    return images
  }

  /// What the network takes of some images: vectors, or images with their channels last.
  static func inputs(
    _ units: UnitLayers, _ images: ImageSet, _ indices: some Collection<Int>
  ) -> Tensor<Float> {
    units.description.input.rank == 1 ? images.vectors(indices) : images.inputs(indices)
  }

  // MARK: Measurement

  /// Examples per forward pass; bounds the memory, changes nothing else.
  static let chunk = 200

  /// Evaluates every stage on the training and the test examples; records accuracies and how many
  /// weights are 0.
  func measure() throws {
    for (stage, tensors) in stages {
      try context.evaluate(StepName.evaluation(stage)) {
        guard let examples else { return }
        let network = network(tensors)
        for (name, set) in [("train", examples.train), ("test", examples.test)] {
          try outcome(of: network, set).record(stage: stage, mode: .none, set: name, in: context)
        }
      }
      recordSparsity(stage, tensors)
    }
  }

  private func outcome(
    of network: UnitNetwork<Float>, _ set: any StudiedExamples
  ) throws -> ImageOutcome {
    let pass = ForwardPass(graph: Graph<Float>(), source: FrozenParameters<Float>())
    var outcome = ImageOutcome(classNames: set.classNames)
    for start in stride(from: 0, to: set.count, by: Self.chunk) {
      try context.checkCancellation()
      let part = start..<min(start + Self.chunk, set.count)
      let x = pass.graph.constant(set.inputs(units, part))
      let targets = set.targets(part)
      let logits = network.forward(x, in: pass)
      let loss = pass.graph.crossEntropy(logits: logits, classes: targets)
      outcome.add(logits.tensor, targets: targets, meanLoss: Double(loss.tensor.item))
    }
    return outcome
  }

  private func recordSparsity(_ stage: String, _ tensors: [String: Tensor<Float>]) {
    var (all, allZero) = (0, 0)
    func record(_ layer: String, _ count: Int, _ zero: Int) {
      context.record(.sparsity, [stage, layer], "n_weights", Double(count))
      context.record(.sparsity, [stage, layer], "n_zero", Double(zero))
      context.record(.sparsity, [stage, layer], "zero_frac", Double(zero) / Double(count))
    }
    for outline in units.description.outline.parameters where outline.role == .weight {
      guard let weight = tensors[outline.name] else { continue }
      let zero = weight.scalars.count { $0 == 0 }
      record(outline.name, weight.count, zero)
      (all, allZero) = (all + weight.count, allZero + zero)
    }
    record("all", all, allZero)
  }

  // MARK: Files

  /// Stores the network of the last stage, and that of the first beside it when pruning followed.
  func save() throws {
    guard let last = stages.last else { return }
    try save(last, as: .weights)
    if stages.count > 1 { try save(stages[0], as: .trainedWeights) }
  }

  private func save(
    _ stage: (name: String, tensors: [String: Tensor<Float>]), as artefact: Artefact
  ) throws {
    var metadata = ["stage": stage.name]
    metadata[NetworkArchitecture.metadataKey] = architecture?.text
    try context.save(
      artefact, stage.tensors.mapValues(StoredTensor.float32), metadata: metadata)
  }
}

extension Artefact {
  /// The network before weights were pruned.
  static let trainedWeights = Artefact(
    "weights-trained.safetensors", format: "modlab-weights-1",
    "the parameters before weights were pruned, when they were: as `weights.safetensors`, which has "
      + "those of the last stage")
}

extension ClusterBaseSettings {
  /// The network in all its stages: trained, or taken from the cache, just initialised, or read from
  /// a file.
  ///
  /// - Throws: ``Failure`` when data or weights are missing or damaged; ``Cancelled``, ``Diverged``.
  func stagedNetwork(_ context: RunContext) throws -> StagedNetwork {
    if let own = try ownNetwork() { return try importedNetwork(own, context) }
    let units = try units()
    let images = try task.parts(context)
    let network = network.form.makeNetwork(units, random: context.random)
    let stages =
      self.network.source == .initial
      ? [(name: StageName.initial, tensors: network.tensors)]
      : try train(network, images.train, context)
    return StagedNetwork(
      units: units, stages: stages, examples: (images.train, images.test),
      architecture: self.network.form.architecture(task.extents), context: context)
  }

  /// The network of a file, with the examples of the section `data`, or without it with the images of the
  /// task if it takes them.
  private func importedNetwork(
    _ own: OwnNetwork, _ context: RunContext
  ) throws -> StagedNetwork {
    guard let network = try own.imported(self.network.file, context) else {
      fatalError("a network without a file")
    }
    let units = try units(own)
    let examples = try examples(units, of: own, context) { context.warn($0) }
    if network.architecture == nil, !data.isGiven, examples != nil {
      context.warn(
        "accuracies are measured on the images of the task with pixels from 0 to 1: if the network of "
          + "\(network.source) was trained on other numbers, name its examples in the section data")
    }
    return StagedNetwork(
      units: units, stages: [(StageName.imported, network.tensors)], examples: examples,
      architecture: network.architecture, context: context)
  }

  /// The examples of the section `data`, or without it the images of the task if the network takes them.
  ///
  /// - Parameter warn: told why there are none.
  func examples(
    _ units: UnitLayers, of own: OwnNetwork?, _ context: RunContext,
    warn: (String) -> Void = { _ in }
  ) throws -> Examples? {
    if let own, data.isGiven { return try ownExamples(own, context) }
    guard takesTask(units) else {
      let (input, outputs) = (units.description.input, units.description.outline.output)
      warn(
        "the network of the file takes inputs \(input) and gives \(outputs) logits: accuracies on the "
          + "images of the task are not measured")
      return nil
    }
    let images = try task.parts(context)
    return (images.train, images.test)
  }

  /// Whether a network takes the images of the task, and has its classes.
  private func takesTask(_ units: UnitLayers) -> Bool {
    let (input, extents) = (units.description.input, task.extents)
    return units.description.outline.output == [10]
      && (input == [extents.count]
        || input == [extents.height, extents.width, extents.channels])
  }

  /// Refuses a network that takes no examples of a study that needs them.
  ///
  /// - Throws: ``Failure`` (manifest invalid).
  func requireExamples(_ need: ExampleNeed, for units: UnitLayers) throws {
    switch need {
    case .none: return
    case .images(let why) where data.isGiven:
      throw Failure(
        .manifestInvalid, "the examples of the section 'data' are no images of the task", why: why,
        help: "leave the section out, and set task.set")
    case .examples(let why), .images(let why):
      guard data.isGiven || takesTask(units) else {
        throw Failure(
          .manifestInvalid, "the network of the file takes no images of the task", why: why,
          help:
            "name the examples that it was trained on in the section data, or set task.set, task.form and "
            + "task.channels")
      }
    }
  }

  private func train(
    _ network: UnitNetwork<Float>, _ images: ImageSet, _ context: RunContext
  ) throws -> [(name: String, tensors: [String: Tensor<Float>])] {
    guard let key = trainingKey else { fatalError("nothing is trained") }
    var stages: [(name: String, tensors: [String: Tensor<Float>])] = []
    func train(_ stage: String, steps: Int, _ training: StageTraining) throws {
      let batches = EpochSampler(
        count: images.count, size: self.training.batch, random: context.random("batches/\(stage)"))
      try context.cachedLoop(phase: stage, key: key, steps: steps, state: training) { step in
        let batch = batches.indices(step: step)
        return training.step(step) { pass in
          var inputs = StagedNetwork.inputs(network.units, images, batch)
          if self.training.augment {
            inputs = ImageDistortion().apply(
              to: inputs, context.random("augmentation/\(stage)"), step: step)
          }
          let x = pass.graph.constant(inputs)
          return pass.graph.crossEntropy(
            logits: network.forward(x, in: pass), classes: images.targets(batch))
        }
      }
      stages.append((stage, network.tensors))
    }
    try train(
      StageName.trained, steps: trainingSteps,
      StageTraining(network, training, random: context.random))
    if pruning.epochs > 0 {
      let pruning = MagnitudePruning(
        network.parameters, schedule: pruningSchedule, regrows: pruning.regrow)
      try train(
        StageName.pruned, steps: pruningSteps,
        StageTraining(
          network, training, pruning: pruning, firstStep: trainingSteps, random: context.random))
    }
    return stages
  }
}
