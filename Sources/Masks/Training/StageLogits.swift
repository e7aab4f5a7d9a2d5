import Autograd
import NeuralNetworks
import Tensors

/// The logits of all masks of one stage, which are trained together, but for those that are copied
/// from finished masks and stay as they are.
struct StageLogits<Scalar: TensorScalar> {
  /// One for each masked parameter, in the order of the network.
  private let all: [MaskLogits<Scalar>]
  /// Those that are trained.
  private let trained: [MaskLogits<Scalar>]
  /// K, the number of masks drawn per batch.
  let samples: Int
  private let positions: [String: Int]

  init(_ all: [MaskLogits<Scalar>], samples: Int) {
    self.all = all
    trained = all.filter { $0.gradient != nil }
    self.samples = samples
    positions = Dictionary(
      uniqueKeysWithValues: all.enumerated().map { ($1.parameter.name, $0) })
  }

  /// The logits of a parameter's masks, nil when it has none.
  subscript(name: String) -> MaskLogits<Scalar>? { positions[name].map { all[$0] } }

  /// The logits that are trained, for the optimiser.
  var parameters: [Parameter<Scalar>] { trained.map(\.parameter) }
  /// The gradients of the logits that are trained.
  var gradients: [GradientBuffer<Scalar>] { trained.compactMap(\.gradient) }

  func clearGradients() {
    for gradient in gradients { gradient.clear() }
  }

  // MARK: Statistics

  var tensors: [String: Tensor<Scalar>] {
    Dictionary(uniqueKeysWithValues: all.map { ($0.parameter.name, $0.value) })
  }

  var keptFraction: Double { mean { Double($0.withUnsafeBufferPointer(positiveCount)) } }

  var meanKeepProbability: Double { mean { $0.applying(.sigmoid).sum() } }

  private func mean(_ total: (Tensor<Scalar>) -> Double) -> Double {
    let count = all.reduce(0) { $0 + $1.value.count }
    return all.reduce(0) { $0 + total($1.value) } / Double(max(count, 1))
  }

  /// The name of the first logits that are not finite.
  var spoiltLogits: String? {
    all.first { !$0.value.isFinite }.map { "mask.logits.\($0.parameter.name)" }
  }

  /// The name of the first gradient that is not finite.
  var spoiltGradient: String? {
    trained.first { $0.gradient?.isFinite == false }.map { "mask.gradient.\($0.parameter.name)" }
  }

  // MARK: Checkpoints

  /// The logits by the names they have in checkpoints: `mask.logits.…`.
  var state: [String: Tensor<Scalar>] {
    Dictionary(uniqueKeysWithValues: all.map { ("mask.logits.\($0.parameter.name)", $0.value) })
  }

  /// Takes over the logits of a state.
  func restore(from state: [String: Tensor<Scalar>]) throws(OptimizerStateError) {
    for logits in all { try logits.parameter.restore("mask.logits.", from: state) }
  }
}

extension Parameter {
  /// Takes its value from the tensor of its name under a prefix.
  func restore(
    _ prefix: String, from state: [String: Tensor<Scalar>]
  ) throws(OptimizerStateError) {
    guard let tensor = state[prefix + name] else { throw .missing(name: prefix + name) }
    guard tensor.shape == shape else {
      throw .shape(name: prefix + name, expected: shape, found: tensor.shape)
    }
    value = tensor
  }
}

/// How many numbers are positive.
///
/// Compiled for both element types: counting through witnesses takes about a hundred times as long.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func positiveCount<Scalar: TensorScalar>(_ numbers: UnsafeBufferPointer<Scalar>) -> Int {
  numbers.reduce(0) { $1 > 0 ? $0 + 1 : $0 }
}
