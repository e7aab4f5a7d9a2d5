import Autograd
import Datasets
import Masks
import NeuralNetworks
import Tensors

/// Functions of the first pair of numbers that a network for double addition never learns.
enum NeverLearnedPair: String, CaseIterable {
  /// a − b modulo 10^digits.
  case subtract
  /// The larger of a and b.
  case maximum

  /// Their names in manifests.
  static var names: [String] { allCases.map(\.rawValue) }

  /// The result for an example.
  func result(_ example: DoubleAddition.Example, modulus: Int) -> Int {
    let (a, b) = (Int(example.operands[0]), Int(example.operands[1]))
    return self == .subtract ? (a - b + modulus) % modulus : max(a, b)
  }
}

extension DoubleAdditionStudy {
  /// The stages with what their masks are judged on: the sums of their pairs, both pairs being presented.
  func controlled(_ stages: [MaskStudy<Network>.Stage]) -> [ControlledStage<Network>] {
    zip(stages, DoubleAdditionStage.all).map { stage, named in
      ControlledStage(
        stage: stage,
        task: judged(named.pairs) { example in
          named.pairs.map { task.result(ofPair: $0, for: example) }
        })
    }
  }

  /// A function of the first pair that the network never learned, at its inputs and outputs.
  func neverLearned(_ name: String) -> ControlledStage<Network> {
    guard let function = NeverLearnedPair(rawValue: name) else {
      fatalError("there is no function '\(name)'")
    }
    func result(_ example: DoubleAddition.Example) -> Int {
      function.result(example, modulus: task.encoding.modulus)
    }
    return ControlledStage(
      stage: MaskStudy<Network>.Stage(
        name: ControlStep.neverLearned(name), examples: train.count
      ) { indices, calls in
        let batch = indices.map { train[$0] }
        return loss(
          batch, pairs: [0],
          targets: { _ in batch.flatMap { task.encoding.digits(of: result($0)) } }
        ) { calls.pass($0) }
      }, task: judged([0]) { [result($0)] })
  }

  /// All examples with given right results of some pairs.
  private func judged(
    _ pairs: [Int], _ results: @escaping (DoubleAddition.Example) -> [Int]
  ) -> MaskTask {
    MaskTask(answers: valid.map(results), part: Self.chunk) { range in
      let part = Array(valid[range])
      let answers = part.map(results)
      return { pass in
        let logits = study.network.logits(part, pairs: [0, 1], task: task) { _ in pass }
        let found = pairs.map { task.answers(logits[$0].tensor) }
        return answers.indices.count { example in
          answers[example] == found.map { $0[example] }
        }
      }
    }
  }
}
