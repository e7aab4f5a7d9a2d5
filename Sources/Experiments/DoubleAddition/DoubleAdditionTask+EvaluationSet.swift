import Datasets
import ExperimentKit
import Tensors

extension DoubleAdditionTask {
  /// The rows of one `eval_set`.
  private struct Call {
    let name: String
    /// The pairs that the network sees.
    let shown: [Int]
    /// The pairs whose sums are asked for.
    let asked: [Int]
  }

  /// The examples on which networks of a run are evaluated: one block of rows for each set, all with
  /// the same examples in the same order.
  ///
  /// The targets of a row are the digits of the first sum, the least significant first, then those of
  /// the second; the digits of a sum that the set does not ask for are -1.
  ///
  /// - Parameters:
  ///   - context: That of the run.
  ///   - showsBoth: Whether the network sees both pairs in one call: the sets are `iid` (both sums),
  ///     `pair1` and `pair2`. Else it sees one pair while the other one is hidden: the sets are
  ///     `pair1` and `pair2`; an example counts as right in `iid` when it is right in both.
  func evaluationSet(_ context: RunContext, showsBoth: Bool) -> EvaluationSet {
    let task = DoubleAddition(digits: digits)
    let examples = task.examples(validSize, random: random("data/valid", context))
    let sums = [0, 1].map { pair in task.targets(examples, pair: pair).map(Int64.init) }
    let single = [0, 1].map { pair in
      Call(name: "pair\(pair + 1)", shown: showsBoth ? [0, 1] : [pair], asked: [pair])
    }
    let calls = (showsBoth ? [Call(name: "iid", shown: [0, 1], asked: [0, 1])] : []) + single
    var (inputs, targets): ([Float], [Int64]) = ([], [])
    for call in calls {
      inputs += task.inputs(examples, showing: call.shown).scalars
      for example in examples.indices {
        for pair in [0, 1] {
          targets += (0..<digits).map { digit in
            call.asked.contains(pair) ? sums[pair][example * digits + digit] : -1
          }
        }
      }
    }
    let rows = calls.count * examples.count
    var sets: [String: [Bool]] = [:]
    for (place, call) in calls.enumerated() {
      sets[call.name] = (0..<rows).map { $0 / examples.count == place }
    }
    return EvaluationSet(
      inputs: ["inputs": .float32(Tensor(inputs, shape: [rows, 2 * task.pairInputSize]))],
      targets: targets, shape: [rows, 2 * digits], sets: sets)
  }
}
