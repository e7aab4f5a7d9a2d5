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
