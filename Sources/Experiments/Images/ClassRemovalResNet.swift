import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// Section 5 with ResNet-110: the same questions as ``ClassRemovalCNN``, for a network whose
/// normalisation is masked too.
///
/// Trained by gradient descent with momentum on crops and mirrors of all training images, evaluated
/// on the test images. While masks are trained, on crops and mirrors as well, normalisation uses its
/// running statistics. Expectation: as in the convolutional network. ICLR paper, ResNet-110.
struct ClassRemovalResNet: Kind {
  typealias Configuration = StudySettings<ClassRemovalTask, ResidualModel>

  let name = "cifar10-resnet"
  let summary = "Which weights does ResNet-110 need for a single class?"
  let section = "5"
  let version = 1
  let tables = Table.ofClassRemoval
  let artefacts: [Artefact] = [.weights, .masks, .controlMasks]

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    try c.task.validate()
    try c.model.validate()
    let outline = c.model.description.outline
    try c.validateCopying(parameters: outline.parameters)
    let stages = ["full"] + c.task.removed
    let key = c.pretrainingKey(
      network: "cifar10-resnet", version: version, task: ImageTask.schema.encode(c.task.data))
    return try PreparedStudy(
      c, network: outline, key: key, stages: stages,
      evaluations: RunStep.evaluations(
        stages: stages, operations: c.task.data.testCount(.cifar10) * outline.forwardOperations),
      neverLearned: NeverLearnedClasses.names,
      run: { try run(c, key: key, $0) },
      evaluationSet: { try c.task.data.residualTrainAndTest($0).test.evaluationSet },
      predict: { try predict(with: c.model.description, $0) })
  }

  private func run(_ c: Configuration, key: JSONValue, _ context: RunContext) throws {
    let (train, test) = try c.task.data.residualTrainAndTest(context)
    let network = SequentialNetwork<Float>(c.model.description, random: context.random)
    let images = ImageStudy(
      source: NetworkSource(
        network, buffers: network.buffers, c.pretrain, logEvery: c.logEvery,
        keepingInitial: c.controls.needsInitialWeights, context),
      train: train, valid: test, augmentation: ImageAugmentation())
    let names = network.parameters.map(\.name)
    try ClassRemovalStudy(
      images: images, masking: c.mask, controls: c.controls, classes: c.task.removed
    ).run(
      key: key,
      parts: .init(
        inputOutput: ImageClassifier.parameters.union(names.filter { $0.hasPrefix("stem") }),
        halves: [Set(names.prefix(names.count / 2))]))
  }
}
