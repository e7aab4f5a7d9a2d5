import Datasets
import ExperimentKit
import Tensors

extension AdditionMultiplicationTask {
  /// The examples on which networks of a run are evaluated, those of both operations (`iid`) and of
  /// each (`add`, `mul`). The targets are the digits of the results, the least significant first.
  func evaluationSet(seed: Int) -> EvaluationSet {
    let task = AdditionMultiplication(digits: digits)
    let examples = task.examples(
      validSize, random: RandomSource(seed: UInt64(seed)).stream("data/valid"))
    return EvaluationSet(
      inputs: ["inputs": .float32(task.inputs(examples))],
      targets: task.targets(examples).map(Int64.init), shape: [examples.count, digits],
      sets: [
        "iid": examples.map { _ in true }, "add": examples.map { $0.operation == .add },
        "mul": examples.map { $0.operation == .multiply },
      ])
  }
}

extension AdditionMultiplicationFNN {
  func evaluationSet(_ c: Configuration, seed: Int, dataFolder: String) -> EvaluationSet {
    c.task.evaluationSet(seed: seed)
  }
}

extension AdditionMultiplicationLSTM {
  func evaluationSet(_ c: Configuration, seed: Int, dataFolder: String) -> EvaluationSet {
    c.task.evaluationSet(seed: seed)
  }
}
