import Autograd
import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// Masks of an own network for the full task and for each sub-task, and their measurement.
struct OwnNetworkStudy {
  typealias Network = SequentialNetwork<Float>

  let study: MaskStudy<Network>
  let loss: OwnLoss
  /// Names of the classes in the order of their numbers; empty unless there is one for each example.
  let classNames: [String]
  let train: OwnExamples
  let test: OwnExamples
  let subtasks: [OwnSubtask]
  /// Whether all sub-tasks take a parameter's masks over from the full task.
  let isCopied: (String) -> Bool

  private var context: RunContext { study.context }
  static let full = "full"

  /// Trains the network unless it is trained, learns the masks of all stages, measures and saves.
  ///
  /// - Parameters:
  ///   - key: what training depends on; nil for a network that comes from a file.
  ///   - parts: the tensors that mask modes treat apart.
  func run(key: JSONValue?, parts: MaskedEvaluation<Network>.Parts) throws {
    let frozen =
      try key.map { key in
        try study.source.train(key: key, examples: train.count) { loss(of: train, $0, $1) }
      } ?? FrozenGradients(study.network.parameters, startingFrom: [:])
    let controls = try MaskControls(
      study, stages: controlledStages, declared: NeverLearnedTargets.names, frozen: frozen,
      neverLearned: { neverLearned($0) }, relearn: learn)
    let stages = try learn(repetition: 0, frozen)
    try study.evaluation.measure(stages, parts: parts, evaluate)
    try context.save(study.network, buffers: study.source.buffers)
    try context.save(stages)
    try controls.run(stages)
  }

  // MARK: - Training

  /// Learns the masks of all stages, for the first time or once more.
  private func learn(
    repetition: Int, _ frozen: FrozenGradients<Float>
  ) throws -> [StageMasks] {
    try study.learnMasks(
      full: stage(Self.full, train), others: subtasks.map { stage($0.name, $0.train) },
      takingOver: isCopied, repetition: repetition, frozen: frozen)
  }

  func stage(
    _ name: String, _ examples: OwnExamples
  ) -> MaskStudy<Network>.Stage {
    MaskStudy<Network>.Stage(name: name, examples: examples.count) {
      loss(of: examples, $0, $1.pass())
    }
  }

  private func loss(
    of examples: OwnExamples, _ indices: [Int], _ pass: ForwardPass<Float>
  ) -> Value<Float> {
    let rows = indices.map { examples.rows[$0] }
    let outputs = study.network.forward(
      pass.graph.constant(examples.inputs.batch(rows)), in: pass)
    return loss.loss(outputs, examples.targets, rows: rows, in: pass)
  }

  // MARK: - Measurement

  /// Examples per forward pass; bounds the memory, changes nothing else.
  static let chunk = 200

  /// Accuracy and loss on all test examples, and on those of every sub-task as it has them; confusion
  /// of the network as it is and under the masks themselves.
  private func evaluate(stage: String, mode: MaskMode, masks: [MaskSet]) throws {
    let whole = try masks.map { try outcomes(test, masks: $0) }
    record(stage, mode, "iid", whole.flatMap(\.self))
    for subtask in subtasks {
      let found =
        try subtask.positions.map { positions in
          whole.flatMap { outcomes in positions.map { outcomes[$0] } }
        } ?? masks.flatMap { try outcomes(subtask.test, masks: $0) }
      record(stage, mode, subtask.name, found)
    }
    guard let classes = test.classes, !classNames.isEmpty, mode == .none || mode == .mask else {
      return
    }
    var confusion = ClassConfusion(classNames: classNames)
    for outcomes in whole {
      for (target, outcome) in zip(classes, outcomes) {
        confusion.add(true: Int(target), predicted: outcome.predicted)
      }
    }
    confusion.record(stage: stage, mode: mode, in: context)
    guard mode == .mask, stage != Self.full else { return }
    let full = ClassConfusion(
      recordedIn: context, classNames: classNames, stage: Self.full, mode: .mask)
    confusion.recordDelta(from: full, stage: stage, in: context)
    if let leftOut = subtasks.first(where: { $0.name == stage })?.leftOut {
      confusion.recordDrop(ofClass: classNames[leftOut], from: full, in: context)
    }
  }

  private func record(
    _ stage: String, _ mode: MaskMode, _ set: String, _ outcomes: [OwnLoss.Outcome]
  ) {
    let keys = [stage, mode.rawValue, set]
    let count = Double(outcomes.count)
    let judged = outcomes.compactMap(\.isRight)
    if !judged.isEmpty {
      context.record(.accuracy, keys, "accuracy", Double(judged.count { $0 }) / count)
    }
    context.record(.accuracy, keys, "loss", outcomes.reduce(0) { $0 + $1.loss } / count)
    context.record(.accuracy, keys, "n_examples", count)
  }

  private func outcomes(_ examples: OwnExamples, masks: MaskSet) throws -> [OwnLoss.Outcome] {
    let pass = ForwardPass(
      graph: Graph<Float>(), source: MaskedParameters(study.network.parameters, masks: masks))
    var result: [OwnLoss.Outcome] = []
    for start in stride(from: 0, to: examples.count, by: Self.chunk) {
      try context.checkCancellation()
      let rows = Array(examples.rows[start..<min(start + Self.chunk, examples.count)])
      let outputs = study.network.forward(
        pass.graph.constant(examples.inputs.batch(rows)), in: pass)
      result += loss.outcomes(outputs.tensor, examples.targets, rows: rows)
    }
    return result
  }
}
