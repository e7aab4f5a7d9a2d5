import Autograd
import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// A network that answers digits with digits.
protocol DigitNetwork: ParameterContainer where Scalar == Float {
  /// The logits of a batch. Shapes: x B×inputs → B×outputs.
  func answer(_ x: Value<Float>, in pass: ForwardPass<Float>) -> Value<Float>
}

extension FeedForwardNetwork<Float>: DigitNetwork {
  func answer(_ x: Value<Float>, in pass: ForwardPass<Float>) -> Value<Float> {
    forward(x, in: pass)
  }
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
    train = task.examples(settings.trainSize, random: context.random("data/train"))
    valid = AdditionMultiplicationEvaluation(
      task: task, examples: task.examples(settings.validSize, random: context.random("data/valid")))
  }

  /// Trains, learns the masks of all stages, measures and saves.
  func run(pretrainingKey: JSONValue, parts: MaskStudy<Network>.Parts) throws {
    let frozen = try study.pretrain(key: pretrainingKey, examples: train.count) { indices, pass in
      loss(indices.map { train[$0] }, pass)
    }
    let stages = try study.learnMasks(stages, frozen: frozen)
    try measure(stages, parts)
    try study.context.save(study.network, stages)
  }

  // MARK: Training

  /// Mean cross-entropy over all digits of a batch.
  private func loss(
    _ batch: [AdditionMultiplication.Example], _ pass: ForwardPass<Float>
  ) -> Value<Float> {
    let graph = pass.graph
    let logits = study.network.answer(graph.constant(task.inputs(batch)), in: pass)
    let digits = batch.count * task.encoding.digits
    return graph.crossEntropy(
      logits: graph.reshape(logits, to: [digits, DigitEncoding.base]), classes: task.targets(batch))
  }

  // MARK: Masking

  /// Names of the stages. Stage 0 is the complete task; the others train on the examples of one
  /// operation.
  static var stageNames: [String] { operations.map(\.name) }

  private static var operations: [(name: String, operation: AdditionMultiplication.Operation?)] {
    [("full", nil), ("add", .add), ("mul", .multiply)]
  }

  private var stages: [MaskStudy<Network>.Stage] {
    Self.operations.map { name, operation in
      let examples = train.filter { operation == nil || $0.operation == operation }
      return MaskStudy<Network>.Stage(name: name, examples: examples.count) { indices, calls in
        loss(indices.map { examples[$0] }, calls.pass())
      }
    }
  }

  // MARK: Measurement

  /// Accuracy, loss and confusion under every mask mode; sharing, overlap and histogram of the
  /// masks.
  private func measure(_ stages: [StageMasks], _ parts: MaskStudy<Network>.Parts) throws {
    let context = study.context
    context.log("measuring")
    MaskTables(stages: stages, context: context).record()
    var full: ConfusionCounts?
    try study.forEachMode(stages, parts: parts) { stage, mode, masks in
      var outcome = AdditionMultiplicationOutcome()
      for masks in masks {
        try valid.judge(
          study.network, with: MaskedParameters(study.network.parameters, masks: masks),
          adding: &outcome, willContinue: context.checkCancellation)
      }
      outcome.record(stage: stage, mode: mode, in: context)
      guard mode == .mask else { return }
      if let full {
        outcome.confusion.recordDelta(from: full, stage: stage, in: context)
      } else {
        full = outcome.confusion
      }
    }
  }
}
