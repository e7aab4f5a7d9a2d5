import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// Section 5 with ResNet-110: the same questions as ``ClassRemovalCNN``, for a network whose
/// normalisation is masked too.
///
/// Trained by gradient descent with momentum on crops and mirrors of all training images, judged on
/// the test images. While masks are trained, on crops and mirrors as well, normalisation uses its
/// running statistics. Expectation: as in the convolutional network. ICLR paper, ResNet-110.
struct ClassRemovalResNet: Kind {
  typealias Configuration = StudySettings<ClassRemovalTask, ResidualModel>

  let name = "cifar10-resnet"
  let summary = "Which weights does ResNet-110 need for a single class?"
  let section = "5"
  let version = 1

  func validate(_ c: Configuration) throws {
    try c.task.validate()
    try c.model.validate()
    try c.validateCopying(parameters: ResidualNetwork<Float>.outline(c.model.configuration))
  }

  // MARK: Model

  private func makeNetwork(
    _ c: Configuration, random: RandomSource = RandomSource(seed: 0)
  ) -> ResidualNetwork<Float> {
    ResidualNetwork(c.model.configuration, random: random)
  }

  func describe(_ c: Configuration) throws -> Architecture {
    Architecture(
      parameters: ResidualNetwork<Float>.outline(c.model.configuration), batch: c.pretrain.batch,
      inputShape: Self.inputShape.dimensions, outputShape: [c.model.configuration.classes],
      isMasked: c.mask.masks,
      kind: { parameter in
        parameter.name.contains("norm")
          ? "batch-norm" : parameter.name.hasPrefix("classifier") ? "linear" : "convolution"
      }, uses: c.model.uses)
  }

  private static let inputShape: Shape = [32, 32, 3]

  // MARK: Training, masking and measurement

  func pretrainingKey(_ c: Configuration) -> JSONValue? {
    c.pretrainingKey(
      network: "cifar10-resnet", version: version, task: ImageTask.schema.encode(c.task.data))
  }

  func totalSteps(_ c: Configuration) -> Int { c.totalSteps(stages: 1 + c.task.removed.count) }

  func run(_ c: Configuration, _ context: RunContext) throws {
    let (train, test) = try c.task.data.residualTrainAndTest(context)
    let network = makeNetwork(c, random: RandomSource(seed: UInt64(context.seed)))
    let images = ImageStudy(
      study: MaskStudy(network, c, context, buffers: network.buffers), train: train, valid: test,
      augmentation: ImageAugmentation())
    let names = network.parameters.map(\.name)
    try ClassRemovalStudy(images: images, classes: c.task.removed).run(
      pretrainingKey: pretrainingKey(c) ?? .null,
      parts: .init(
        inputOutput: ImageClassifier.parameters.union(names.filter { $0.hasPrefix("stem") }),
        halves: [Set(names.prefix(names.count / 2))]))
  }

  /// Answers with the running statistics that the weights come with.
  func predict(_ c: Configuration, _ request: PredictionRequest) throws -> Tensor<Float> {
    let network = makeNetwork(c)
    return try predict(with: network, inputShape: Self.inputShape, request) {
      network.forward($0, in: $1)
    }
  }
}
