import Autograd
import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// The last layer of networks that classify images.
enum ImageClassifier {
  /// Names of its parameters.
  static let parameters: Set<String> = ["classifier.weight", "classifier.bias"]
}

/// Experiments on a network that classifies images: how it and its masks are trained and evaluated.
struct ImageStudy<Network: Module> where Network.Scalar == Float {
  /// Name of the stage of the full task: all classes.
  static var fullStage: String { "full" }

  /// Where the network comes from.
  let source: NetworkSource<Network>
  /// The images that the network and its masks are trained on.
  let train: ImageSet
  /// The images that networks are evaluated on.
  let valid: ImageSet
  /// What is done at random to images to train on.
  var augmentation: ImageAugmentation?

  var network: Network { source.network }
  var context: RunContext { source.context }

  // MARK: Training

  /// Trains the network on all classes.
  func train(key: JSONValue) throws -> FrozenGradients<Float> {
    let random = context.random("augmentation/pretrain")
    return try source.train(key: key, examples: train.count) { indices, pass in
      loss(indices, pass, random)
    }
  }

  /// Mean cross-entropy of training images.
  private func loss(
    _ indices: [Int], _ pass: ForwardPass<Float>, _ random: RandomStream
  ) -> Value<Float> {
    loss(indices, targets: train.targets(indices), pass, random)
  }

  /// As ``loss(_:_:_:)`` for any classes.
  func loss(
    _ indices: [Int], targets: [Int], _ pass: ForwardPass<Float>, _ random: RandomStream
  ) -> Value<Float> {
    let images = train.inputs(indices)
    let x = augmentation?.apply(to: images, random, step: pass.step) ?? images
    let logits = network.forward(pass.graph.constant(x), in: pass)
    return pass.loss(logits: logits, classes: targets)
  }

  // MARK: Masking

  /// A stage whose masks are trained on the images of some classes.
  ///
  /// - Parameters:
  ///   - name: of the stage.
  ///   - batches: the stream that batches are drawn from; that of all stages if nil.
  ///   - isIncluded: which classes are trained on.
  func stage(
    _ name: String, batches: String? = nil, classes isIncluded: (String) -> Bool
  ) -> MaskStudy<Network>.Stage {
    let labels = train.classNames.map(isIncluded)
    let members = (0..<train.count).filter { labels[Int(train.labels[$0])] }
    let random = context.random("augmentation/\(name)")
    var stage = MaskStudy<Network>.Stage(name: name, examples: members.count) {
      indices, calls in
      loss(indices.map { members[$0] }, calls.pass(), random)
    }
    if let batches { stage.batches = batches }
    return stage
  }

  /// Trains full-task masks on all classes, then those of other stages, which take over the
  /// classifier's from them: each on its own.
  ///
  /// - Parameters:
  ///   - others: the other stages.
  ///   - masking: how masks are trained.
  ///   - frozen: the accumulators for clipping.
  ///   - repetition: the number of a repetition with other batches and noise; 0 for the stages themselves.
  func learnMasks(
    _ others: [MaskStudy<Network>.Stage], _ masking: MaskSettings,
    _ frozen: FrozenGradients<Float>, repetition: Int = 0
  ) throws -> [StageMasks] {
    try MaskStudy(source: source, masking: masking).learnMasks(
      full: stage(Self.fullStage) { _ in true }, others: others,
      takingOver: ImageClassifier.parameters.contains, repetition: repetition, frozen: frozen)
  }

  // MARK: Measurement

  /// Images per forward pass; bounds the memory, changes nothing else.
  static var chunk: Int { 200 }

  /// The predictions for the images to evaluate on.
  ///
  /// - Parameters:
  ///   - masks: those that take effect; with several sets, the predictions under all of them.
  ///   - isIncluded: the classes that are asked for; all by default.
  func evaluate(
    masks: [MaskSet], classes isIncluded: (String) -> Bool = { _ in true }
  ) throws -> ImageOutcome {
    let labels = valid.classNames.map(isIncluded)
    let members = (0..<valid.count).filter { labels[Int(valid.labels[$0])] }
    var outcome = ImageOutcome(classNames: valid.classNames)
    for masks in masks { try evaluate(members, masks: masks, adding: &outcome) }
    return outcome
  }

  private func evaluate(
    _ members: [Int], masks: MaskSet, adding outcome: inout ImageOutcome
  ) throws {
    let pass = ForwardPass(
      graph: Graph<Float>(), source: MaskedParameters(network.parameters, masks: masks))
    for start in stride(from: 0, to: members.count, by: Self.chunk) {
      try context.checkCancellation()
      let indices = members[start..<min(start + Self.chunk, members.count)]
      let targets = valid.targets(indices)
      let logits = network.forward(pass.graph.constant(valid.inputs(indices)), in: pass)
      let loss = pass.graph.crossEntropy(logits: logits, classes: targets)
      outcome.add(logits.tensor, targets: targets, meanLoss: Double(loss.tensor.item))
    }
  }
}

/// What a network predicted for images.
struct ImageOutcome {
  /// What the classes are taken for.
  private(set) var confusion: ClassConfusion
  private var loss = 0.0

  init(classNames: [String]) { confusion = ClassConfusion(classNames: classNames) }

  /// Adds the predictions for some images, which are the classes with the largest logits.
  mutating func add(_ logits: Tensor<Float>, targets: [Int], meanLoss: Double) {
    for (target, predicted) in zip(targets, logits.argmaxRows()) {
      confusion.add(true: target, predicted: predicted)
    }
    loss += meanLoss * Double(targets.count)
  }

  /// Records accuracy and mean loss.
  func record(stage: String, mode: MaskMode, set: String = "iid", in context: RunContext) {
    let keys = [stage, mode.rawValue, set]
    let count = Double(confusion.examples)
    context.record(.accuracy, keys, "accuracy", Double(confusion.right) / count)
    context.record(.accuracy, keys, "loss", loss / count)
    context.record(.accuracy, keys, "n_examples", count)
  }
}
