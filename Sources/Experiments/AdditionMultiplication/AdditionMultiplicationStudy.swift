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
  private let study: MaskStudy<Network>
  private let task: AdditionMultiplication
  private let train: [AdditionMultiplication.Example]
  private let valid: AdditionMultiplicationEvaluation

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
    let frozen = try study.source.train(key: key, examples: train.count) { indices, pass in
      loss(indices.map { train[$0] }, pass)
    }
    let stages = try study.learnMasks(stages, frozen: frozen)
    try measure(stages, parts)
    try study.context.save(study.network)
    try study.context.save(stages)
  }

  // MARK: Training

  /// Mean cross-entropy over all digits of a batch.
  private func loss(
    _ batch: [AdditionMultiplication.Example], _ pass: ForwardPass<Float>
  ) -> Value<Float> {
    let graph = pass.graph
    let logits = study.network.logits(graph.constant(task.inputs(batch)), in: pass)
    let digits = batch.count * task.encoding.digits
    return graph.crossEntropy(
      logits: graph.reshape(logits, to: [digits, DigitEncoding.base]), classes: task.targets(batch))
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

  private func evaluate(stage: String, mode: MaskMode, masks: [MaskSet]) throws {
    let context = study.context
    var outcome = AdditionMultiplicationOutcome()
    for masks in masks {
      try valid.evaluate(
        study.network, with: MaskedParameters(study.network.parameters, masks: masks),
        adding: &outcome, willContinue: context.checkCancellation)
    }
    outcome.record(stage: stage, mode: mode, in: context)
    Modularity(stages: AdditionMultiplicationStage.names)
      .record(stage: stage, mode: mode, in: context)
    guard mode == .mask, stage != AdditionMultiplicationStage.names[0] else { return }
    let full = ConfusionCounts(
      recordedIn: context, stage: AdditionMultiplicationStage.names[0], mode: .mask)
    outcome.confusion.recordDelta(from: full, stage: stage, in: context)
  }
}
