import Autograd
import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// A network that predicts the sums of two pairs of numbers.
protocol PairNetwork: ParameterContainer where Scalar == Float {
  /// The logits for some of the pairs; the others are hidden from the network.
  ///
  /// - Parameters:
  ///   - examples: a batch.
  ///   - pairs: the pairs that are presented and read, in ascending order.
  ///   - task: makes the inputs.
  ///   - pass: the pass of each call of the network, by the call's number.
  /// - Returns: B×pairOutputSize for each of the pairs.
  func logits(
    _ examples: [DoubleAddition.Example], pairs: [Int], task: DoubleAddition,
    pass: (Int) -> ForwardPass<Float>
  ) -> [Value<Float>]
}

/// The stages of masks: the full task; then only one pair is presented and counted.
enum DoubleAdditionStage {
  /// The stages in their order, with the pairs that are presented.
  static let all: [(name: String, pairs: [Int])] = [
    ("full", [0, 1]), ("pair1", [0]), ("pair2", [1]),
  ]

  /// Their names.
  static var names: [String] { all.map(\.name) }
}

/// Section 3.2 for any kind of network: data, losses, stages and measurements.
struct DoubleAdditionStudy<Network: PairNetwork> {
  let study: MaskStudy<Network>
  let task: DoubleAddition
  let train: [DoubleAddition.Example]
  let valid: [DoubleAddition.Example]

  init(_ study: MaskStudy<Network>, task settings: DoubleAdditionTask) {
    let context = study.context
    self.study = study
    task = DoubleAddition(digits: settings.digits)
    train = task.examples(settings.trainSize, random: settings.random("data/train", context))
    valid = task.examples(settings.validSize, random: settings.random("data/valid", context))
  }

  /// Trains, learns the masks of all stages, measures and saves.
  ///
  /// - Parameters:
  ///   - key: what training depends on.
  ///   - parts: the tensors that mask modes treat apart.
  ///   - operation: changes the trained network before masks are learned.
  func run(
    key: JSONValue, parts: MaskedEvaluation<Network>.Parts, operation: () -> Void = {}
  ) throws {
    let frozen = try study.source.train(key: key, examples: train.count) { indices, pass in
      loss(indices.map { train[$0] }, pairs: [0, 1]) { _ in pass }
    }
    operation()
    let stages = stages
    let controls = try MaskControls(
      study, stages: controlled(stages), declared: NeverLearnedPair.names, frozen: frozen
    ) { neverLearned($0) }
    let masks = try study.learnMasks(stages, frozen: frozen)
    try measure(masks, parts)
    try study.context.save(study.network)
    try study.context.save(masks)
    try controls.run(masks)
  }

  // MARK: Training

  /// Mean cross-entropy over all digits of the given pairs' sums.
  private func loss(
    _ batch: [DoubleAddition.Example], pairs: [Int], pass: (Int) -> ForwardPass<Float>
  ) -> Value<Float> {
    loss(batch, pairs: pairs, targets: { task.targets(batch, pair: $0) }, pass: pass)
  }

  /// As ``loss(_:pairs:pass:)`` for digits of any results.
  ///
  /// - Parameter targets: the digits asked for of each of the pairs.
  func loss(
    _ batch: [DoubleAddition.Example], pairs: [Int], targets: (Int) -> [Int],
    pass: (Int) -> ForwardPass<Float>
  ) -> Value<Float> {
    let graph = pass(0).graph
    let logits = study.network.logits(batch, pairs: pairs, task: task, pass: pass)
    let digits = batch.count * task.encoding.digits
    let losses = zip(pairs, logits).map { pair, logits in
      pass(0).loss(
        logits: graph.reshape(logits, to: [digits, DigitEncoding.base]),
        classes: targets(pair))
    }
    return losses.count == 1 ? losses[0] : graph.scale(graph.add(losses[0], losses[1]), by: 0.5)
  }

  // MARK: Masking

  private var stages: [MaskStudy<Network>.Stage] {
    DoubleAdditionStage.all.map { name, pairs in
      MaskStudy<Network>.Stage(name: name, examples: train.count) { indices, calls in
        loss(indices.map { train[$0] }, pairs: pairs) { calls.pass($0) }
      }
    }
  }

  // MARK: Measurement

  /// Accuracy and loss of each pair and of both together under every mask mode, both pairs being
  /// presented; sharing, overlap and histogram of the masks.
  private func measure(
    _ stages: [StageMasks], _ parts: MaskedEvaluation<Network>.Parts
  ) throws {
    try study.evaluation.measure(stages, parts: parts, evaluate)
  }

  private func evaluate(stage: String, mode: MaskMode, masks: [MaskSet]) throws {
    var outcome = DoubleAdditionOutcome()
    for masks in masks {
      try evaluate(with: MaskedParameters(study.network.parameters, masks: masks), adding: &outcome)
    }
    outcome.record(stage: stage, mode: mode, in: study.context)
    Modularity(stages: DoubleAdditionStage.names)
      .record(stage: stage, mode: mode, in: study.context)
  }

  /// Examples per forward pass; bounds the memory, changes nothing else.
  static var chunk: Int { 1000 }

  private func evaluate(
    with source: some ParameterSource<Float>, adding outcome: inout DoubleAdditionOutcome
  ) throws {
    let pass = ForwardPass(graph: Graph<Float>(), source: source)
    for start in stride(from: 0, to: valid.count, by: Self.chunk) {
      try study.context.checkCancellation()
      let part = Array(valid[start..<min(start + Self.chunk, valid.count)])
      let logits = study.network.logits(part, pairs: [0, 1], task: task) { _ in pass }
      outcome.add(part, logits: logits.map(\.tensor), task: task)
    }
  }
}

/// What a network predicted for pairs of numbers.
struct DoubleAdditionOutcome {
  private var examples = 0
  private var right = [0, 0]
  private var bothRight = 0
  private var loss = [0.0, 0.0]

  /// Adds the predictions for some examples, one tensor of logits for each pair.
  mutating func add(
    _ examples: [DoubleAddition.Example], logits: [Tensor<Float>], task: DoubleAddition
  ) {
    self.examples += examples.count
    let isRight = (0..<DoubleAddition.pairs).map { pair in
      zip(task.answers(logits[pair]), examples).map { prediction, example in
        prediction == task.result(ofPair: pair, for: example)
      }
    }
    for pair in 0..<DoubleAddition.pairs {
      right[pair] += isRight[pair].count { $0 }
      loss[pair] += DigitLoss.ofExamples(
        logits[pair], targets: task.targets(examples, pair: pair), digits: task.encoding.digits
      ).reduce(0, +)
    }
    bothRight += zip(isRight[0], isRight[1]).count { $0 && $1 }
  }

  /// Records accuracy and loss of each pair, and as `iid` of both: an example is right when both
  /// sums are.
  func record(stage: String, mode: MaskMode, in context: RunContext) {
    let count = Double(examples)
    let sets = [
      ("iid", Double(bothRight), (loss[0] + loss[1]) / 2), ("pair1", Double(right[0]), loss[0]),
      ("pair2", Double(right[1]), loss[1]),
    ]
    for (name, right, loss) in sets {
      let keys = [stage, mode.rawValue, name]
      context.record(.accuracy, keys, "accuracy", right / count)
      context.record(.accuracy, keys, "loss", loss / count)
      context.record(.accuracy, keys, "n_examples", count)
    }
  }
}
