import Autograd
import Datasets
import Masks
import NeuralNetworks
import Tensors

/// Functions of two numbers that a network for addition and multiplication never learns.
enum NeverLearnedOperation: String, CaseIterable {
  /// a − b modulo 10^digits.
  case subtract
  /// The larger of a and b.
  case maximum
  /// a + b modulo 10^digits with each digit replaced by the next one, 9 by 0.
  case renamedSum = "renamed-sum"

  /// Their names in manifests.
  static var names: [String] { allCases.map(\.rawValue) }

  /// The result for two numbers.
  func result(_ a: Int, _ b: Int, encoding: DigitEncoding) -> Int {
    switch self {
    case .subtract: return (a - b + encoding.modulus) % encoding.modulus
    case .maximum: return max(a, b)
    case .renamedSum:
      let digits = encoding.digits(of: (a + b) % encoding.modulus)
      return encoding.number(fromDigits: digits.map { ($0 + 1) % DigitEncoding.base })
    }
  }
}

extension AdditionMultiplicationStudy {
  /// The stages with what their masks are judged on: the examples of their operation.
  func controlled(_ stages: [MaskStudy<Network>.Stage]) -> [ControlledStage<Network>] {
    zip(stages, AdditionMultiplicationStage.all).map { stage, named in
      ControlledStage(
        stage: stage,
        task: judged(named.operation) { task.result(of: $0.operation, for: $0) })
    }
  }

  /// A function that the network never learned, of inputs that ask for addition.
  func neverLearned(_ name: String) -> ControlledStage<Network> {
    guard let function = NeverLearnedOperation(rawValue: name) else {
      fatalError("there is no function '\(name)'")
    }
    func result(_ example: AdditionMultiplication.Example) -> Int {
      function.result(example.a, example.b, encoding: task.encoding)
    }
    let examples = train.filter { $0.operation == .add }
    return ControlledStage(
      stage: MaskStudy<Network>.Stage(
        name: ControlStep.neverLearned(name), examples: examples.count
      ) { indices, calls in
        let batch = indices.map { examples[$0] }
        return loss(
          batch, targets: batch.flatMap { task.encoding.digits(of: result($0)) }, study.network,
          calls.pass())
      }, task: judged(.add, result))
  }

  /// The examples of an operation, or of both, with given right results.
  private func judged(
    _ operation: AdditionMultiplication.Operation?,
    _ result: @escaping (AdditionMultiplication.Example) -> Int
  ) -> MaskTask {
    let examples = valid.examples.filter { operation == nil || $0.operation == operation }
    return MaskTask(answers: examples.map(result), part: AdditionMultiplicationEvaluation.chunk) {
      range in
      let part = Array(examples[range])
      let (inputs, answers) = (task.inputs(part), part.map(result))
      return { pass in
        let logits = study.network.logits(pass.graph.constant(inputs), in: pass)
        return zip(task.answers(logits.tensor), answers).count { $0 == $1 }
      }
    }
  }
}
