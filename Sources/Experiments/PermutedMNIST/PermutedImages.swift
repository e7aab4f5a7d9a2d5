import Autograd
import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Tensors

/// Images under one permutation of their pixels: a task of the sequence.
struct PermutedImages {
  /// The name in tables and files.
  let name: String
  private let train: ImageSet
  let valid: ImageSet
  /// Which pixel comes to each place; nil for the identity.
  private let order: [Int]?

  /// The name of a permutation.
  static func name(_ number: Int) -> String { "permutation-\(number)" }

  /// - Parameters:
  ///   - number: 0 for the identity; the others are drawn.
  ///   - random: the stream of the permutations.
  init(_ images: (train: ImageSet, valid: ImageSet), number: Int, random: RandomStream) {
    name = Self.name(number)
    (train, valid) = images
    order = number == 0 ? nil : random.permutation(images.train.extents.count, step: number)
  }

  /// Number of images to train on.
  var count: Int { train.count }

  /// Mean cross-entropy of the network's predictions for some training images.
  func loss(
    of network: SequentialNetwork<Float>, _ batch: [Int], in pass: ForwardPass<Float>
  ) -> Value<Float> {
    pass.loss(
      logits: network.forward(pass.graph.constant(inputs(train, batch)), in: pass),
      classes: train.targets(batch))
  }

  /// The permuted pixels as rows.
  ///
  /// Shapes: B indices → B×C.
  func inputs(_ images: ImageSet, _ indices: some Collection<Int>) -> Tensor<Float> {
    let rows = images.inputs(indices).reshaped(to: [indices.count, images.extents.count])
    return order.map { rows.selectingColumns($0) } ?? rows
  }

  // MARK: Evaluation

  /// Examples per forward pass; bounds the memory, changes nothing else.
  private static let chunk = 1000

  /// Evaluates a network on the images held out.
  ///
  /// - Parameters:
  ///   - source: the network's parameters, masked or not.
  ///   - willContinue: asked before every part of the images.
  func evaluate(
    _ network: SequentialNetwork<Float>, with source: some ParameterSource<Float>,
    willContinue: () throws -> Void
  ) rethrows -> Outcome {
    let pass = ForwardPass(graph: Graph<Float>(), source: source)
    var outcome = Outcome()
    for start in stride(from: 0, to: valid.count, by: Self.chunk) {
      try willContinue()
      let part = start..<min(start + Self.chunk, valid.count)
      let logits = network.forward(pass.graph.constant(inputs(valid, part)), in: pass).tensor
      let targets = valid.targets(part)
      outcome.examples += part.count
      outcome.right += zip(logits.argmaxRows(), targets).count { $0 == $1 }
      outcome.loss += DigitLoss.ofExamples(logits, targets: targets, digits: 1).reduce(0, +)
    }
    return outcome
  }

  /// What a network predicted.
  struct Outcome {
    fileprivate(set) var examples = 0
    fileprivate(set) var right = 0
    fileprivate(set) var loss = 0.0

    /// The share of right predictions, 0…1.
    var accuracy: Double { Double(right) / Double(examples) }

    /// Records accuracy and mean loss under the keys of the table `accuracy`.
    func record(_ keys: [String], in context: RunContext) {
      context.record(.accuracy, keys, "accuracy", accuracy)
      context.record(.accuracy, keys, "loss", loss / Double(examples))
      context.record(.accuracy, keys, "n_examples", Double(examples))
    }
  }
}

extension Tensor {
  /// The columns of a matrix in another order: y[b, j] = x[b, order[j]].
  fileprivate func selectingColumns(_ order: [Int]) -> Tensor {
    var result = Tensor(uninitialized: [shape[0], order.count])
    let columns = shape[1]
    withUnsafeBufferPointer { x in
      result.withUnsafeMutableBufferPointer { y in
        for row in 0..<shape[0] {
          for (column, source) in order.enumerated() {
            y[row * order.count + column] = x[row * columns + source]
          }
        }
      }
    }
    return result
  }
}
