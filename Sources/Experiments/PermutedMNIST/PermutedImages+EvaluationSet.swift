import ExperimentKit
import Tensors

extension EvaluationSet {
  /// The images held out under each permutation, one permutation after the other; every set has the
  /// name of its permutation.
  init(_ tasks: [PermutedImages]) {
    var (inputs, targets): ([Float], [Int64]) = ([], [])
    let counts = tasks.map(\.valid.count)
    let count = counts.reduce(0, +)
    for task in tasks {
      inputs += task.inputs(task.valid, 0..<task.valid.count).scalars
      targets += task.valid.targets(0..<task.valid.count).map(Int64.init)
    }
    var sets: [String: [Bool]] = [:]
    var start = 0
    for (task, size) in zip(tasks, counts) {
      let members = start..<start + size
      sets[task.name] = (0..<count).map(members.contains)
      start += size
    }
    let width = count == 0 ? 0 : inputs.count / count
    self.init(
      inputs: ["inputs": .float32(Tensor(inputs, shape: [count, width]))], targets: targets,
      shape: [count], sets: sets)
  }
}
