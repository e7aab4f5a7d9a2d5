import Autograd
import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// Trains a network, learns its masks, trains it further on one operation at a time and evaluates
/// both.
struct InterferenceStudy {
  private let description: NetworkDescription
  private let configuration: InterferenceSettings
  private let study: AdditionMultiplicationStudy<SequentialNetwork<Float>>
  private let network: SequentialNetwork<Float>
  private let context: RunContext

  init(_ description: NetworkDescription, _ c: InterferenceSettings, _ context: RunContext) {
    self.description = description
    configuration = c
    self.context = context
    network = SequentialNetwork<Float>(description, random: context.random)
    study = AdditionMultiplicationStudy(MaskStudy(network, c.study, context), task: c.study.task)
  }

  /// Trains, learns the masks of all stages, measures, saves, and trains further.
  func run(key: JSONValue) throws {
    let (stages, controls) = try study.learn(key: key)
    try study.measureOwnMasks(stages)
    try context.save(network)
    try context.save(stages)
    let weights = network.parameters.map(\.value)
    let examples = Dictionary(grouping: study.train, by: \.operation)
    try context.loops(
      InterferenceCondition.all(configuration.further).map {
        phase($0, examples[$0.trained] ?? [], stages, from: weights)
      })
    try controls.run(stages)
  }

  // MARK: Further training

  private func phase(
    _ condition: InterferenceCondition, _ examples: [AdditionMultiplication.Example],
    _ stages: [StageMasks], from weights: [Tensor<Float>]
  ) -> IndependentPhase {
    let further = configuration.further
    let batches = BatchSampler(
      count: examples.count, size: configuration.study.pretrain.batch,
      random: context.random("batches/further/\(condition.trained.stage)"))
    return IndependentPhase(
      condition.stepName, steps: further.steps,
      makeState: {
        FurtherTrainingPhase(
          network: copy(weights), settings: further.settings(configuration.study.pretrain),
          protected: protected(condition, stages), random: context.random)
      },
      body: { phase, step in
        if step == 0 { evaluate(phase.network, condition, after: 0) }
        let batch = batches.indices(step: step).map { examples[$0] }
        let report = phase.training.step(step) { pass in
          study.loss(batch, targets: batch.flatMap { digits(condition, $0) }, phase.network, pass)
        }
        if further.isEvaluated(after: step + 1) {
          evaluate(phase.network, condition, after: step + 1)
        }
        return report
      }, finished: { _ in })
  }

  /// A network of its own for a phase: phases may be computed at the same time.
  private func copy(_ weights: [Tensor<Float>]) -> SequentialNetwork<Float> {
    let copy = SequentialNetwork<Float>(description, random: context.random)
    for (parameter, value) in zip(copy.parameters, weights) { parameter.value = value }
    return copy
  }

  private func protected(
    _ condition: InterferenceCondition, _ stages: [StageMasks]
  ) -> MaskSet {
    let masks = stages.first { $0.name == condition.other.stage }?.masks ?? MaskSet([:])
    let unmasked = network.parameters.filter { masks[$0.name] == nil }.map {
      ($0.name, BinaryMask(keepingAll: true, shape: $0.shape))
    }
    return condition.protected(
      masks, unmasked: MaskSet(Dictionary(uniqueKeysWithValues: unmasked)), context)
  }

  private func digits(
    _ condition: InterferenceCondition, _ example: AdditionMultiplication.Example
  ) -> [Int] {
    study.task.encoding.digits(
      of: condition.result(of: example.operation, for: example, in: study.task))
  }

  private func evaluate(
    _ network: SequentialNetwork<Float>, _ condition: InterferenceCondition, after step: Int
  ) {
    var counts: [AdditionMultiplication.Operation: (right: Int, all: Int)] = [:]
    study.valid.forEachPart(network, with: FrozenParameters(), willContinue: {}) {
      examples, logits in
      for (example, prediction) in zip(examples, study.task.answers(logits)) {
        let expected = condition.result(of: example.operation, for: example, in: study.task)
        counts[example.operation, default: (0, 0)].all += 1
        counts[example.operation, default: (0, 0)].right += prediction == expected ? 1 : 0
      }
    }
    for operation in AdditionMultiplication.Operation.allCases {
      let (right, all) = counts[operation] ?? (0, 0)
      context.record(
        .interference,
        [
          condition.trained.stage, condition.targets.rawValue, condition.protection.rawValue,
          operation.stage, String(step),
        ], "accuracy", Double(right) / Double(all))
    }
  }
}

/// A network that is trained further, as a resumable phase.
final class FurtherTrainingPhase: Resumable {
  /// What is trained; no other phase has it.
  let network: SequentialNetwork<Float>
  let training: Pretraining

  /// - Parameters:
  ///   - network: what is trained.
  ///   - settings: how it is trained.
  ///   - protected: the parameters that stay as they are.
  ///   - random: the run's randomness.
  init(
    network: SequentialNetwork<Float>, settings: PretrainingSettings, protected: MaskSet,
    random: RandomSource
  ) {
    self.network = network
    training = Pretraining(
      network.parameters, settings: settings, protecting: protected, random: random)
  }

  func checkpoint() -> [String: StoredTensor] { training.checkpoint() }
  func restore(_ tensors: [String: StoredTensor]) throws { try training.restore(tensors) }
  /// Nothing follows but its rows.
  func result() -> [String: StoredTensor] { [:] }
  func restoreResult(_ tensors: [String: StoredTensor]) throws {}
}
