import ExperimentKit
import Tensors

extension EvaluationSet {
  /// Test sets of sequences, one after the other, each of the name that it has in tables.
  ///
  /// The tokens of inputs and outputs are filled up with -1; the targets are the outputs with their
  /// end marks. An answer is right when the most probable token is the target at every place: the
  /// one before which all are right is also the one that the network would go on from by itself.
  init(_ tests: [NamedSequences], end: Int) {
    let pairs = tests.map(\.pairs)
    let count = pairs.reduce(0) { $0 + $1.count }
    let inputWidth = max(1, pairs.map(\.inputs.maximumLength).max() ?? 0)
    let outputWidth = max(1, pairs.map(\.outputs.maximumLength).max() ?? 0)
    var (inputs, outputs, targets): ([Int64], [Int64], [Int64]) = ([], [], [])
    func filled(_ tokens: some Collection<UInt8>, _ width: Int, end: [Int64] = []) -> [Int64] {
      let row = tokens.map(Int64.init) + end
      return row + [Int64](repeating: -1, count: width - row.count)
    }
    for pairs in pairs {
      for index in 0..<pairs.count {
        inputs += filled(pairs.inputs[index], inputWidth)
        outputs += filled(pairs.outputs[index], outputWidth)
        targets += filled(pairs.outputs[index], outputWidth + 1, end: [Int64(end)])
      }
    }
    var sets: [String: [Bool]] = [:]
    var start = 0
    for test in tests {
      let members = start..<start + test.pairs.count
      sets[test.name] = (0..<count).map(members.contains)
      start = members.upperBound
    }
    self.init(
      inputs: [
        "inputs": .int64(inputs, [count, inputWidth]),
        "outputs": .int64(outputs, [count, outputWidth]),
      ], targets: targets, shape: [count, outputWidth + 1], sets: sets)
  }
}
