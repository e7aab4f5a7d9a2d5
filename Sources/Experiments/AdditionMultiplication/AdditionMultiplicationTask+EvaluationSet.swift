import Datasets
import ExperimentKit

extension AdditionMultiplicationTask {
  /// The examples on which networks of a run are evaluated, those of both operations (`iid`) and of
  /// each (`add`, `mul`). The targets are the digits of the results, the least significant first.
  func evaluationSet(_ context: RunContext) -> EvaluationSet {
    let task = AdditionMultiplication(digits: digits)
    let examples = task.examples(validSize, random: random("data/valid", context))
    return EvaluationSet(
      inputs: ["inputs": .float32(task.inputs(examples))],
      targets: task.targets(examples).map(Int64.init), shape: [examples.count, digits],
      sets: [
        "iid": examples.map { _ in true }, "add": examples.map { $0.operation == .add },
        "mul": examples.map { $0.operation == .multiply },
      ])
  }
}
