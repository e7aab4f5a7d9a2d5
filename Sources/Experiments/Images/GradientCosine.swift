import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// Manifest section `task` of gradient cosines.
struct GradientCosineTask: TaskWithImages {
  var data = ImageTask()
  var removed = 0

  static let schema = Schema<GradientCosineTask>(
    Field.all(of: \.data) + [
      .integer(
        "removed", \.removed, in: 0...9, unit: "label", paper: "0 (airplane)",
        "the class that the masks are trained without")
    ])
}

/// Section 5, why masks are trained for all layers at once: how does the gradient of the loss turn
/// when masks take effect, from the last layer on?
///
/// One set of masks, the classifier's included, is trained on all classes but one. The reference is
/// the gradient of the network without masks, over all images held out; then the masks of the last i
/// layers take effect, and the cosine is taken between the gradients where the masks keep weights.
/// Expectation: 1 without masks; the more layers are masked, the less.
struct GradientCosine: ConvolutionalKind {
  typealias Task = GradientCosineTask
  typealias Configuration = StudySettings<GradientCosineTask, ConvolutionalModel>

  let name = "cifar10-gradient-cosine"
  let summary = "How does the gradient turn when masks take effect layer by layer?"
  let section = "5"
  let version = 1

  func validate(_ c: Configuration) throws { try c.validate(parameters: outline(c)) }

  func totalSteps(_ c: Configuration) -> Int { c.totalSteps(stages: 1) }

  func run(_ c: Configuration, _ context: RunContext) throws {
    let images = try study(c, context)
    let removed = c.task.data.classNames[c.task.removed]
    let frozen = try images.pretrain(key: pretrainingKey(c) ?? .null)
    let stages = try images.study.learnIndependentMasks(
      [images.stage(removed) { $0 != removed }], frozen: frozen)
    try measure(images, stages[0].masks, batch: c.pretrain.batch)
    try context.save(images.study.network, stages)
  }

  // MARK: Measurement

  private func measure(
    _ images: ImageStudy<ConvolutionalNetwork<Float>>, _ masks: MaskSet, batch: Int
  ) throws {
    let context = images.study.context
    context.log("measuring")
    let network = images.study.network
    let layers = network.convolutions.map(\.parameters) + [network.classifier.parameters]
    func gradient(_ masks: MaskSet) throws -> [String: Tensor<Float>] {
      try GradientSum(network, masks: masks).over(images.valid, batch: batch) {
        try context.checkCancellation()
      }
    }
    let reference = try gradient(MaskSet([:]))
    for count in 0...layers.count {
      let names = Set(layers.suffix(count).flatMap { $0.map(\.name) })
      let masked = masks.filter(names.contains)
      let found = count == 0 ? reference : try gradient(masked)
      var total = GradientAngle()
      for parameter in network.parameters {
        guard let a = reference[parameter.name], let b = found[parameter.name] else { continue }
        let angle = GradientAngle(a, b, where: masked[parameter.name])
        total = total + angle
        context.record(.gradCosine, [String(count), parameter.name], "cosine", angle.cosine)
      }
      context.record(.gradCosine, [String(count), "all"], "cosine", total.cosine)
    }
  }
}
