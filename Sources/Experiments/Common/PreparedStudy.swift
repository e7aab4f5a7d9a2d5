import ExperimentKit
import NeuralNetworks
import Store
import Tensors

/// A prepared configuration of any kind: what follows from it without a seed, and what is done with
/// one.
struct PreparedStudy: PreparedRun {
  let steps: [RunStep]
  let pretrainingKey: JSONValue?
  private let architecture: @Sendable () throws -> Architecture
  private let compute: @Sendable (RunContext) throws -> Void
  private let logits: @Sendable (PredictionRequest) throws -> Tensor<Float>
  private let examples: @Sendable (RunContext) throws -> EvaluationSet

  /// - Parameters:
  ///   - steps: as ``ExperimentKit/PreparedRun/steps``.
  ///   - key: as ``ExperimentKit/PreparedRun/pretrainingKey``.
  ///   - architecture: the network.
  ///   - run: trains, measures and records.
  ///   - evaluationSet: the examples on which accuracies are measured.
  ///   - predict: the logits of the network for inputs.
  init(
    steps: [RunStep], key: JSONValue?, architecture: @escaping @Sendable () throws -> Architecture,
    run: @escaping @Sendable (RunContext) throws -> Void,
    evaluationSet: @escaping @Sendable (RunContext) throws -> EvaluationSet,
    predict: @escaping @Sendable (PredictionRequest) throws -> Tensor<Float>
  ) {
    self.steps = steps
    pretrainingKey = key
    self.architecture = architecture
    compute = run
    logits = predict
    examples = evaluationSet
  }

  func describe() throws -> Architecture { try architecture() }
  func run(_ context: RunContext) throws { try compute(context) }
  func predict(_ request: PredictionRequest) throws -> Tensor<Float> { try logits(request) }

  func evaluationSet(seed: Int, dataFolder: String) throws -> EvaluationSet {
    try examples(RunContext(seed: seed, dataFolder: dataFolder))
  }
}

extension PreparedStudy {
  /// A network that is trained and frozen, masks that are learned for several stages, and
  /// evaluations.
  ///
  /// - Parameters:
  ///   - c: the configuration, whose rules for `pretrain` and `mask` are checked here.
  ///   - network: what is trained.
  ///   - key: what its training depends on.
  ///   - stages: names of the stages.
  ///   - evaluations: the steps after the last stage; those of the controls follow.
  ///   - neverLearned: names of the functions that controls can take and the network never learns.
  ///   - run: trains, measures and records.
  ///   - evaluationSet: the examples on which accuracies are measured.
  ///   - predict: the logits of the network for inputs.
  /// - Throws: ``Failure`` when the configuration breaks a rule.
  init<Task: Settings, Model: Settings>(
    _ c: StudySettings<Task, Model>, network: NetworkOutline, key: JSONValue, stages: [String],
    evaluations: [RunStep], neverLearned: [String] = [],
    run: @escaping @Sendable (RunContext) throws -> Void,
    evaluationSet: @escaping @Sendable (RunContext) throws -> EvaluationSet,
    predict: @escaping @Sendable (PredictionRequest) throws -> Tensor<Float>
  ) throws {
    try c.pretrain.validate()
    try c.mask.validate(batch: c.pretrain.batch, network: network)
    let maskBatch = c.mask.batch ?? c.pretrain.batch
    func masks(_ stage: String) -> RunStep {
      RunStep(
        StepName.masks(stage), .masks, count: c.mask.steps,
        operations: network.trainingOperations(batch: maskBatch))
    }
    let controls = try RunStep.controls(
      c.controls, stages: stages, neverLearned: c.controls.neverLearned(of: neverLearned),
      masks: masks, network: network, batch: maskBatch)
    self.init(
      steps: [.pretraining(c.pretrain, of: network)] + stages.map(masks) + evaluations + controls,
      key: key,
      architecture: {
        network.architecture(batch: c.pretrain.batch, maskBatch: maskBatch, isMasked: c.mask.masks)
      }, run: run, evaluationSet: evaluationSet, predict: predict)
  }
}

/// Names of the steps of runs.
enum StepName {
  /// The training of the network.
  static let pretraining = "pretrained"

  /// The training of a stage's masks.
  static func masks(_ stage: String) -> String { "masks-\(stage)" }

  /// The evaluation of a stage, in one mode when there are several.
  static func evaluation(_ stage: String, _ mode: String? = nil) -> String {
    "evaluate-" + ([stage] + (mode.map { [$0] } ?? [])).joined(separator: "-")
  }
}

extension RunStep {
  /// The training of a network.
  static func pretraining(_ settings: PretrainingSettings, of network: NetworkOutline) -> RunStep {
    RunStep(
      StepName.pretraining, .training, count: settings.steps,
      operations: network.trainingOperations(batch: settings.batch))
  }
}
