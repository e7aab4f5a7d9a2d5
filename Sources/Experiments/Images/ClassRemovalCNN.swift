import ExperimentKit
import Masks
import NeuralNetworks

/// Section 5: a convolutional network classifies the images of CIFAR-10. What does it lose when its
/// weights are only those that nine of the ten classes need?
///
/// Full-task masks are trained on all classes, those of every other stage on all classes but one.
/// Data: the training images, a fifth of which is held out for all measurements. Expectation: few
/// weights are removed, the class left out suffers, hardly any other does, and its images are taken
/// for similar classes: airplanes for birds and ships, cats for dogs, trucks for cars. Figs. 5 and 16
/// to 18 of the workshop paper.
struct ClassRemovalCNN: ConvolutionalKind {
  typealias Task = ClassRemovalTask
  typealias Configuration = StudySettings<ClassRemovalTask, ConvolutionalModel>

  let name = "cifar10-cnn"
  let summary = "Which weights does a convolutional network need for a single class?"
  let section = "5"
  let version = 1
  let tables = Table.ofClassRemoval
  let artefacts: [Artefact] = [.weights, .masks, .controlMasks]

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    try c.task.validate()
    let outline = c.model.description.outline
    let layers = outline.weighted
    try c.validateCopying(parameters: outline.parameters)
    let stages = ["full"] + c.task.removed
    let key = pretrainingKey(c)
    return try PreparedStudy(
      c, network: outline, key: key, stages: stages,
      evaluations: RunStep.evaluations(
        stages: stages, operations: c.task.data.heldOutCount(.cifar10) * outline.forwardOperations),
      neverLearned: NeverLearnedClasses.names,
      run: { context in
        let images = try study(c, context)
        try ClassRemovalStudy(
          images: images, masking: c.mask, controls: c.controls, classes: c.task.removed
        ).run(
          key: key,
          parts: .init(
            inputOutput: (layers.prefix(1) + layers.suffix(1)).parameterNames(),
            // Of convolutions and classifier the first half, rounded up: of the five, three.
            halves: [layers.prefix((layers.count + 1) / 2).parameterNames()]))
      }, evaluationSet: { try c.task.data.parts(.cifar10, $0).valid.evaluationSet },
      predict: { try predict(with: c.model.description, $0) })
  }
}
