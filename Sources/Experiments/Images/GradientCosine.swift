import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// Manifest section `task` of gradient cosines.
struct GradientCosineTask: TaskWithImages, TaskWithoutControls {
  var data = ImageTask()
  var removed = 0

  static let schema = Schema<GradientCosineTask>(
    Field.all(of: \.data) + [
      .integer(
        "removed", \.removed, in: 0...9, unit: "label", paper: "0 (airplane)",
        "the class that the masks are trained without")
    ])
}

extension Table {
  /// Cosine between gradients with and without masks.
  public static let gradCosine = Table(
    "grad_cosine", "How the gradient turns when masks take effect, from the last layer on",
    keys: [
      Key("layers_masked", .integer, "number of layers whose masks take effect, the last ones"),
      Key("tensor", "the parameter's dotted name, or `all`"),
    ],
    metrics: [
      Metric(
        "cosine",
        "with the gradient of the network without masks, −1…1; over the weights that the learned "
          + "masks keep, over all when no layer is masked")
    ])
}

/// Section 5, why masks are trained for all layers at once: how does the gradient of the loss turn
/// when masks take effect, from the last layer on?
///
/// One set of masks, the classifier's included, is trained on all classes but one. The reference is
/// the gradient of the network without masks, over all images held out; then the masks of the last i
/// layers take effect. From the first masked layer on, the cosine is taken over the weights that the
/// learned masks keep, in all tensors: also in those whose masks do not take effect yet.
/// Expectation: the more layers are masked, the less.
struct GradientCosine: ConvolutionalKind {
  typealias Task = GradientCosineTask
  typealias Configuration = StudySettings<GradientCosineTask, ConvolutionalModel>

  let name = "cifar10-gradient-cosine"
  let summary = "How does the gradient turn when masks take effect layer by layer?"
  let section = "5"
  let version = 2
  let tables: [Table] = [.gradCosine, .trainingCurve]
  let artefacts: [Artefact] = [.weights, .masks]

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    let outline = c.model.description.outline
    let removed = c.task.data.classNames[c.task.removed]
    let key = pretrainingKey(c)
    let operations = c.task.data.heldOutCount(.cifar10) * outline.trainingOperations(batch: 1)
    return try PreparedStudy(
      c, network: outline, key: key, stages: [removed],
      // One more than there are layers: convolutions and classifier.
      evaluations: (0...c.model.channels.count + 1).map {
        RunStep.evaluation(Self.stepName($0), operations: operations)
      },
      run: { context in
        let images = try study(c, context)
        let frozen = try images.train(key: key)
        let stages = try MaskStudy(source: images.source, masking: c.mask).learnIndependentMasks(
          [images.stage(removed) { $0 != removed }], frozen: frozen)
        try measure(images, stages[0].masks, batch: c.pretrain.batch)
        try context.save(images.network)
        try context.save(stages)
      }, evaluationSet: { try c.task.data.parts(.cifar10, $0).valid.evaluationSet },
      predict: { try predict(with: c.model.description, $0) })
  }

  // MARK: Measurement

  private static func stepName(_ count: Int) -> String { "gradient-\(count)" }

  private func measure(
    _ images: ImageStudy<SequentialNetwork<Float>>, _ masks: MaskSet, batch: Int
  ) throws {
    let context = images.context
    let network = images.network
    let layers = network.description.outline.weighted.map { layer in
      network.parameters.filter { layer.parameterNames.contains($0.name) }
    }
    func gradient(_ masks: MaskSet) throws -> [String: Tensor<Float>] {
      try GradientSum(network, masks: masks).over(images.valid, batch: batch) {
        try context.checkCancellation()
      }
    }
    var reference: [String: Tensor<Float>] = [:]
    for count in 0...layers.count {
      let names = Set(layers.suffix(count).flatMap { $0.map(\.name) })
      let masked = masks.filter(names.contains)
      let step = StepName.evaluation(Self.stepName(count))
      func record(_ found: [String: Tensor<Float>]) {
        recordCosines(
          of: found, reference, where: count == 0 ? MaskSet([:]) : masks, masked: count, network,
          context)
      }
      guard count == 0 else {
        try context.evaluate(step) { record(try gradient(masked)) }
        continue
      }
      // The other steps need this one's result.
      reference = try context.evaluateKeepingResult(step) {
        reference = try gradient(masked)
        record(reference)
        return reference.mapValues(StoredTensor.float32)
      }.tensors()
    }
  }

  /// Records the cosines of one gradient with the one without masks, where masks keep weights.
  private func recordCosines(
    of found: [String: Tensor<Float>], _ reference: [String: Tensor<Float>], where masks: MaskSet,
    masked count: Int, _ network: SequentialNetwork<Float>, _ context: RunContext
  ) {
    var total = GradientAngle()
    for parameter in network.parameters {
      guard let a = reference[parameter.name], let b = found[parameter.name] else { continue }
      let angle = GradientAngle(a, b, where: masks[parameter.name])
      total = total + angle
      context.record(.gradCosine, [String(count), parameter.name], "cosine", angle.cosine)
    }
    context.record(.gradCosine, [String(count), "all"], "cosine", total.cosine)
  }
}
