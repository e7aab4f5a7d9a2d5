import Autograd
import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// A network that predicts digits from digits.
protocol DigitNetwork: ParameterContainer where Scalar == Float {
  /// The logits of a batch. Shapes: x B×inputs → B×outputs.
  func logits(_ x: Value<Float>, in pass: ForwardPass<Float>) -> Value<Float>
}

extension SequentialNetwork<Float>: DigitNetwork {
  func logits(_ x: Value<Float>, in pass: ForwardPass<Float>) -> Value<Float> {
    forward(x, in: pass)
  }
}

/// The stages of masks: the full task, then the examples of one operation each.
enum AdditionMultiplicationStage {
  /// The stages in their order; the full task has no single operation.
  static let all: [(name: String, operation: AdditionMultiplication.Operation?)] = [
    ("full", nil), ("add", .add), ("mul", .multiply),
  ]

  /// Their names.
  static var names: [String] { all.map(\.name) }
}

/// Section 3.1 for any kind of network: data, losses, stages and measurements.
struct AdditionMultiplicationStudy<Network: DigitNetwork> {
  let study: MaskStudy<Network>
  let task: AdditionMultiplication
  /// The training set.
  let train: [AdditionMultiplication.Example]
  /// What the network is evaluated on.
  let valid: AdditionMultiplicationEvaluation

  init(_ study: MaskStudy<Network>, task settings: AdditionMultiplicationTask) {
    let context = study.context
    self.study = study
    task = AdditionMultiplication(digits: settings.digits)
    train = task.examples(settings.trainSize, random: settings.random("data/train", context))
    valid = AdditionMultiplicationEvaluation(
      task: task,
      examples: task.examples(settings.validSize, random: settings.random("data/valid", context)))
  }

  /// Trains, learns the masks of all stages, measures and saves.
  ///
  /// - Parameters:
  ///   - key: what training depends on.
  ///   - parts: the tensors that mask modes treat apart.
  func run(key: JSONValue, parts: MaskedEvaluation<Network>.Parts) throws {
    let (stages, controls) = try learn(key: key)
    try measure(stages, parts)
    try study.context.save(study.network)
    try study.context.save(stages)
    try controls.run(stages)
  }

  /// Trains the network, or takes it from the cache, and learns the masks of all stages.
  ///
  /// - Parameter key: what training depends on.
  /// - Returns: the masks, and what they are to be compared with.
  func learn(
    key: JSONValue
  ) throws -> (stages: [StageMasks], controls: MaskControls<Network>) {
    let frozen = try study.source.train(key: key, examples: train.count) { indices, pass in
      loss(indices.map { train[$0] }, pass)
    }
    let stages = stages
    let controls = try MaskControls(
      study, stages: controlled(stages), declared: NeverLearnedOperation.names, frozen: frozen
    ) { neverLearned($0) }
    return (try study.learnMasks(stages, frozen: frozen), controls)
  }

  // MARK: Training

  /// Mean cross-entropy over all digits of a batch.
  private func loss(
    _ batch: [AdditionMultiplication.Example], _ pass: ForwardPass<Float>
  ) -> Value<Float> {
    loss(batch, targets: task.targets(batch), study.network, pass)
  }

  /// As ``loss(_:_:)`` for digits of any results, of another network with the same layers.
  ///
  /// - Parameter targets: the digits asked for, digit by digit, example by example.
  func loss(
    _ batch: [AdditionMultiplication.Example], targets: [Int], _ network: Network,
    _ pass: ForwardPass<Float>
  ) -> Value<Float> {
    let graph = pass.graph
    let logits = network.logits(graph.constant(task.inputs(batch)), in: pass)
    return pass.loss(
      logits: graph.reshape(logits, to: [targets.count, DigitEncoding.base]), classes: targets)
  }

  // MARK: Masking

  private var stages: [MaskStudy<Network>.Stage] {
    AdditionMultiplicationStage.all.map { name, operation in
      let examples = train.filter { operation == nil || $0.operation == operation }
      return MaskStudy<Network>.Stage(name: name, examples: examples.count) { indices, calls in
        loss(indices.map { examples[$0] }, calls.pass())
      }
    }
  }

  // MARK: Measurement

  /// Accuracy, loss and confusion under every mask mode; sharing, overlap and histogram of the
  /// masks.
  private func measure(
    _ stages: [StageMasks], _ parts: MaskedEvaluation<Network>.Parts
  ) throws {
    try study.evaluation.measure(stages, parts: parts, evaluate)
  }

  /// Accuracy and loss of the network as it is and under every stage's own masks; sharing, overlap
  /// and histogram of the masks.
  func measureOwnMasks(_ stages: [StageMasks]) throws {
    MaskTables(stages: stages, context: study.context).record()
    try study.evaluation.ofNetwork {
      try outcome($2).recordAccuracy(stage: $0, mode: $1, in: study.context)
    }
    for stage in stages {
      try study.context.evaluate(StepName.evaluation(stage.name)) {
        try outcome([stage.masks]).recordAccuracy(stage: stage.name, mode: .mask, in: study.context)
      }
    }
  }

  private func evaluate(stage: String, mode: MaskMode, masks: [MaskSet]) throws {
    let context = study.context
    let outcome = try outcome(masks)
    outcome.recordAccuracy(stage: stage, mode: mode, in: context)
    outcome.confusion.record(stage: stage, mode: mode, in: context)
    Modularity(stages: AdditionMultiplicationStage.names)
      .record(stage: stage, mode: mode, in: context)
    guard mode == .mask, stage != AdditionMultiplicationStage.names[0] else { return }
    let full = ConfusionCounts(
      recordedIn: context, stage: AdditionMultiplicationStage.names[0], mode: .mask)
    outcome.confusion.recordDelta(from: full, stage: stage, in: context)
  }

  /// What the network predicts under some masks, one set after the other.
  private func outcome(_ masks: [MaskSet]) throws -> AdditionMultiplicationOutcome {
    var outcome = AdditionMultiplicationOutcome()
    for masks in masks {
      try valid.evaluate(
        study.network, with: MaskedParameters(study.network.parameters, masks: masks),
        adding: &outcome, willContinue: study.context.checkCancellation)
    }
    return outcome
  }
}
