import Datasets
import ExperimentKit
import Tensors

extension ImageSet {
  /// All images, normalised, with their classes, as the set `iid`.
  var evaluationSet: EvaluationSet {
    EvaluationSet(
      inputs: ["inputs": .float32(inputs(0..<count))],
      targets: targets(0..<count).map(Int64.init), shape: [count],
      sets: ["iid": (0..<count).map { _ in true }])
  }
}

extension ConvolutionalKind {
  /// The held-out part of the training images.
  func evaluationSet(
    _ c: Configuration, seed: Int, dataFolder: String
  ) throws -> EvaluationSet {
    let context = try RunContext(seed: seed, dataFolder: dataFolder)
    return try c.task.data.parts(.cifar10, context).valid.evaluationSet
  }
}

extension ClassRemovalResNet {
  /// The test images.
  func evaluationSet(
    _ c: Configuration, seed: Int, dataFolder: String
  ) throws -> EvaluationSet {
    let context = try RunContext(seed: seed, dataFolder: dataFolder)
    return try images(c, context).test.evaluationSet
  }
}
