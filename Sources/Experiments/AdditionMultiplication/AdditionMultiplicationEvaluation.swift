import Autograd
import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Tensors

/// The examples on which networks for addition and multiplication are evaluated.
struct AdditionMultiplicationEvaluation {
  let task: AdditionMultiplication
  let examples: [AdditionMultiplication.Example]

  /// Examples per forward pass; bounds the memory, changes nothing else.
  static let chunk = 1000

  /// Runs a network on all examples with the parameters of a source.
  ///
  /// - Parameters:
  ///   - network: what is evaluated.
  ///   - source: its parameters, masked or not.
  ///   - outcome: what the predictions are added to.
  ///   - willContinue: asked before every part of the examples, so that large networks stop soon.
  func evaluate(
    _ network: some DigitNetwork, with source: some ParameterSource<Float>,
    adding outcome: inout AdditionMultiplicationOutcome, willContinue: () throws -> Void
  ) rethrows {
    try forEachPart(network, with: source, willContinue: willContinue) { part, logits in
      outcome.add(part, logits: logits, task: task)
    }
  }

  /// Runs a network on all examples, a part of them at a time.
  ///
  /// - Parameters:
  ///   - network: what is evaluated.
  ///   - source: its parameters, masked or not.
  ///   - willContinue: asked before every part of the examples.
  ///   - body: given the examples of a part and their logits.
  func forEachPart(
    _ network: some DigitNetwork, with source: some ParameterSource<Float>,
    willContinue: () throws -> Void,
    _ body: ([AdditionMultiplication.Example], Tensor<Float>) throws -> Void
  ) rethrows {
    let pass = ForwardPass(graph: Graph<Float>(), source: source)
    for start in stride(from: 0, to: examples.count, by: Self.chunk) {
      try willContinue()
      let part = Array(examples[start..<min(start + Self.chunk, examples.count)])
      let logits = network.logits(pass.graph.constant(task.inputs(part)), in: pass)
      try body(part, logits.tensor)
    }
  }
}

/// What a network predicted.
struct AdditionMultiplicationOutcome {
  private struct Tally {
    var examples = 0
    var right = 0
    var loss = 0.0
  }

  private var tallies: [AdditionMultiplication.Operation: Tally] = [:]
  /// Which operation the predictions perform.
  private(set) var confusion = ConfusionCounts()

  /// Adds the predictions for some examples.
  mutating func add(
    _ examples: [AdditionMultiplication.Example], logits: Tensor<Float>,
    task: AdditionMultiplication
  ) {
    let predictions = task.answers(logits)
    let losses = DigitLoss.ofExamples(
      logits, targets: task.targets(examples), digits: task.encoding.digits)
    for (index, example) in examples.enumerated() {
      let isRight = predictions[index] == task.result(of: example.operation, for: example)
      tallies[example.operation, default: Tally()].examples += 1
      tallies[example.operation, default: Tally()].right += isRight ? 1 : 0
      tallies[example.operation, default: Tally()].loss += losses[index]
      confusion.add(example, prediction: predictions[index], task: task)
    }
  }

  /// Records accuracy and loss on all examples and on those of each operation.
  func recordAccuracy(stage: String, mode: MaskMode, in context: RunContext) {
    let sets: [(String, [AdditionMultiplication.Operation])] = [
      ("iid", [.add, .multiply]), ("add", [.add]), ("mul", [.multiply]),
    ]
    for (name, operations) in sets {
      let parts = operations.compactMap { tallies[$0] }
      let count = Double(parts.reduce(0) { $0 + $1.examples })
      let keys = [stage, mode.rawValue, name]
      context.record(
        .accuracy, keys, "accuracy", Double(parts.reduce(0) { $0 + $1.right }) / count)
      context.record(.accuracy, keys, "loss", parts.reduce(0) { $0 + $1.loss } / count)
      context.record(.accuracy, keys, "n_examples", count)
    }
  }
}
