import ExperimentKit
import NetworkFiles
import NeuralNetworks
import Store
import Tensors

/// A prepared configuration of any kind: what follows from it without a seed, and what is done with
/// one.
struct PreparedStudy: PreparedRun, NetworkSupplier {
  let steps: [RunStep]
  let pretrainingKey: JSONValue?
  private let architecture: @Sendable () throws -> Architecture
  private let compute: @Sendable (RunContext) throws -> Void
  private let logits: @Sendable (PredictionRequest) throws -> Tensor<Float>
  private let examples: @Sendable (RunContext) throws -> EvaluationSet
  private let files: FileCheck?

  /// Reads the files of a run and refuses what it could not use; configurations with one key are looked
  /// at once.
  struct FileCheck: Sendable {
    let key: JSONValue
    let check: @Sendable (RunContext) throws -> Void
  }

  /// The network of a file, of a study that takes one.
  var supply: @Sendable () throws -> ImportedNetwork? = { nil }

  /// - Parameters:
  ///   - steps: as ``ExperimentKit/PreparedRun/steps``.
  ///   - key: as ``ExperimentKit/PreparedRun/pretrainingKey``.
  ///   - architecture: the network.
  ///   - files: looks at the files of a run before it begins; nil for none.
  ///   - run: trains, measures and records.
  ///   - evaluationSet: the examples on which accuracies are measured.
  ///   - predict: the logits of the network for inputs.
  init(
    steps: [RunStep], key: JSONValue?, architecture: @escaping @Sendable () throws -> Architecture,
    files: FileCheck? = nil,
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
    self.files = files
  }

  func describe() throws -> Architecture { try architecture() }
  func run(_ context: RunContext) throws { try compute(context) }

  func checkFiles(seed: Int, dataFolder: String) throws {
    try files?.check(RunContext(seed: seed, dataFolder: dataFolder))
  }

  var filesKey: JSONValue? { files?.key }

  func suppliedNetwork() throws -> ImportedNetwork? { try supply() }

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
  ///   - pretrain: how the network is trained; masks are trained with the same batches.
  ///   - isTrained: whether the network comes trained, from a file.
  ///   - mask: how masks are trained.
  ///   - network: what is trained.
  ///   - key: what its training depends on.
  ///   - stages: names of the stages.
  ///   - evaluations: the steps after the last stage; those of the controls follow.
  ///   - neverLearned: names of the functions that controls can take and the network never learns.
  ///   - files: looks at the files of a run before it begins; nil for none.
  ///   - run: trains, measures and records.
  ///   - evaluationSet: the examples on which accuracies are measured.
  ///   - predict: the logits of the network for inputs.
  /// - Throws: ``Failure`` when the configuration breaks a rule.
  init(
    pretrain: PretrainingSettings, isTrained: Bool, mask: MaskSettings,
    controls: ControlSettings = .off, network: NetworkOutline, key: JSONValue?, stages: [String],
    evaluations: [RunStep], neverLearned: [String] = [], files: FileCheck? = nil,
    run: @escaping @Sendable (RunContext) throws -> Void,
    evaluationSet: @escaping @Sendable (RunContext) throws -> EvaluationSet,
    predict: @escaping @Sendable (PredictionRequest) throws -> Tensor<Float>
  ) throws {
    try pretrain.validate()
    try mask.validate(batch: pretrain.batch, network: network)
    let masked = Set(mask.masked(network.parameters))
    guard mask.stages == .all || !controls.areOn else {
      throw Failure(
        .manifestInvalid, "mask.stages is 'first', but there are controls",
        why: "they compare masks of all stages", help: "write controls: off")
    }
    let learned = mask.masked(stages: stages)
    let unmasked = stages.dropFirst(learned.count)
    let evaluations = evaluations.filter { step in
      !unmasked.contains { RunStep.isEvaluation(step, of: $0) }
    }
    let maskBatch = mask.batch ?? pretrain.batch
    func masks(_ stage: String) -> RunStep {
      RunStep(
        StepName.masks(stage), .masks, count: mask.steps,
        operations: network.trainingOperations(batch: maskBatch))
    }
    let controlled = try RunStep.controls(
      controls, stages: stages, neverLearned: controls.neverLearned(of: neverLearned),
      masks: masks, network: network, batch: maskBatch)
    let training = isTrained ? [] : [RunStep.pretraining(pretrain, of: network)]
    self.init(
      steps: training + learned.map(masks) + evaluations + controlled, key: key,
      architecture: {
        network.architecture(
          batch: isTrained ? nil : pretrain.batch, maskBatch: maskBatch, isMasked: masked.contains)
      }, files: files, run: run, evaluationSet: evaluationSet, predict: predict)
  }

  /// The same for the settings of an experiment with a task and a model.
  init<Task: Settings, Model: Settings>(
    _ c: StudySettings<Task, Model>, network: NetworkOutline, key: JSONValue, stages: [String],
    evaluations: [RunStep], neverLearned: [String] = [],
    run: @escaping @Sendable (RunContext) throws -> Void,
    evaluationSet: @escaping @Sendable (RunContext) throws -> EvaluationSet,
    predict: @escaping @Sendable (PredictionRequest) throws -> Tensor<Float>
  ) throws {
    try self.init(
      pretrain: c.pretrain, isTrained: false, mask: c.mask, controls: c.controls, network: network,
      key: key, stages: stages, evaluations: evaluations, neverLearned: neverLearned, run: run,
      evaluationSet: evaluationSet, predict: predict)
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
  /// Whether a step evaluates a stage, in any mode.
  static func isEvaluation(_ step: RunStep, of stage: String) -> Bool {
    let name = StepName.evaluation(stage)
    return step.name == name || step.name.hasPrefix("\(name)-")
  }

  /// The training of a network.
  static func pretraining(_ settings: PretrainingSettings, of network: NetworkOutline) -> RunStep {
    RunStep(
      StepName.pretraining, .training, count: settings.steps,
      operations: network.trainingOperations(batch: settings.batch))
  }
}
