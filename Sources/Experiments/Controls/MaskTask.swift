import Autograd
import NeuralNetworks
import Tensors

/// What masks are judged on: examples, and what counts as right.
struct MaskTask {
  /// Number of examples.
  let count: Int
  /// Examples per forward pass; bounds the memory, changes nothing else.
  let part: Int
  /// The accuracy of the best answer that does not look at the input, 0…1.
  let chance: Double
  /// Makes the inputs of some of the examples, once for any number of masks; what it returns counts the
  /// right predictions of the network in a pass.
  let judge: (Range<Int>) -> (ForwardPass<Float>) -> Int

  /// A task.
  ///
  /// - Parameters:
  ///   - answers: the right answer of every example.
  ///   - part: examples per forward pass.
  ///   - judge: as ``judge``.
  init<Answer: Hashable>(
    answers: [Answer], part: Int,
    judge: @escaping (Range<Int>) -> (ForwardPass<Float>) -> Int
  ) {
    count = answers.count
    self.part = part
    let counts = answers.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    chance = Double(counts.values.max() ?? 0) / Double(max(answers.count, 1))
    self.judge = judge
  }

  /// The inputs of the first examples, ready for many masks.
  ///
  /// - Parameter limit: how many examples are taken at most.
  func examiner(limit: Int) -> MaskExaminer {
    let total = min(count, limit)
    let parts = stride(from: 0, to: total, by: part).map { start in
      judge(start..<min(start + part, total))
    }
    return MaskExaminer(count: total, parts: parts)
  }
}

/// Judges many masks on the same examples.
struct MaskExaminer {
  /// Number of examples.
  let count: Int
  fileprivate let parts: [(ForwardPass<Float>) -> Int]

  fileprivate init(count: Int, parts: [(ForwardPass<Float>) -> Int]) {
    self.count = count
    self.parts = parts
  }

  /// The share of right predictions under some parameters, 0…1.
  ///
  /// - Parameter willContinue: asked before every part of the examples.
  func accuracy(
    under source: any ParameterSource<Float>, willContinue: () throws -> Void
  ) rethrows -> Double {
    var right = 0
    for part in parts {
      try willContinue()
      right += part(ForwardPass(graph: Graph<Float>(), source: source))
    }
    return Double(right) / Double(max(count, 1))
  }
}
