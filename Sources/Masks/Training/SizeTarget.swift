import Autograd
import NeuralNetworks
import Tensors

/// Presses masks to a given size, in place of a penalty of a given strength.
///
/// With s the expected share of the weights that are removed, and t the share that is to be,
///
///     s = 1 − Σ Π p(l) / N
///     L = D + λ₁ (s − t) + λ₂ (s − t)²
///
/// is descended over the logits and ascended over λ₁ and λ₂, which start from 0 and may have either
/// sign. t rises linearly from 0 to its value over the first five sixths of the training. p is the keep
/// probability of a gate; the sum is over the N weights on which a trained gate acts, the product over the
/// gates of a weight. The λ have an Adam of their own, with the learning rate of the logits, and count for no
/// norm.
///
/// Reference: Bhaskar, Wettig, Friedman, Chen: Finding transformer circuits with edge pruning (NeurIPS
/// 2024), section 3 and appendix; after Wang, Wohlwend, Lei: Structured pruning of large language models
/// (EMNLP 2020).
final class SizeTarget<Scalar: TensorScalar> {
  private let removed: Double
  private let rampSteps: Double
  private let logits: [MaskLogits<Scalar>]
  private let parameters: [StageLogits<Scalar>.Masked]
  /// For every gate of every group the number of weights that it acts on, where no others act on them.
  private let weights: [[Double]]?
  private let count: Double
  private let estimator: any MaskEstimator
  /// λ₁, λ₂.
  private let multipliers = Parameter<Scalar>(
    name: "multipliers", role: .weight, value: Tensor(zeros: [2]))
  private let gradient = GradientBuffer<Scalar>(shape: [2])
  private let ascent: Adam<Scalar>

  /// - Parameters:
  ///   - logits: those that are trained.
  ///   - parameters: what their gates act on.
  ///   - estimator: how gates are drawn from them.
  ///   - kept: 1 − t at the end, 0…1.
  ///   - steps: of the whole training.
  ///   - learningRate: that of the logits.
  init(
    on logits: [MaskLogits<Scalar>], of parameters: [StageLogits<Scalar>.Masked],
    by estimator: any MaskEstimator, kept: Double, steps: Int, learningRate: Double
  ) {
    require((0...1).contains(kept) && steps > 0, "masks of size \(kept) in \(steps) steps")
    removed = 1 - kept
    rampSteps = max(1, Double(steps) * 5 / 6)
    self.logits = logits
    self.parameters = parameters
    self.estimator = estimator
    let isSimple = parameters.allSatisfy { $0.gates.count == 1 }
    weights =
      isSimple
      ? logits.map {
        $0.group.weightsPerGate ?? [Double](repeating: 1, count: $0.group.shape.count)
      } : nil
    count = Double(max(1, parameters.reduce(0) { $0 + $1.parameter.shape.count }))
    ascent = Adam([multipliers], learningRate: learningRate)
  }

  /// t at a step.
  func target(step: Int) -> Double { removed * min(1, Double(step) / rampSteps) }

  /// Adds the gradients by the logits, and notes those by λ.
  func addGradient(step: Int) {
    let estimator = estimator.at(step: step)
    let weights = weights ?? dependentWeights(estimator)
    let distance = 1 - expectedSize(estimator) / count - target(step: step)
    let (first, second) = (
      Double(multipliers.value[flat: 0]), Double(multipliers.value[flat: 1])
    )
    let slope = -(first + 2 * second * distance) / count
    for (logits, weights) in zip(logits, weights) {
      logits.gradient?.accumulate { gradient, adds in
        if !adds { gradient.fill(0) }
        logits.value.withUnsafeBufferPointer { values in
          gradient.withUnsafeMutableBufferPointer {
            addSize(slope, weights, values, estimator, to: $0)
          }
        }
      }
    }
    gradient.tensor = Tensor([Scalar(-distance), Scalar(-distance * distance)], shape: [2])
  }

  /// Σ Π p.
  private func expectedSize(_ estimator: any MaskEstimator) -> Double {
    if let weights {
      return zip(logits, weights).reduce(0) { sum, group in
        let p = group.0.value.withUnsafeBufferPointer { gateKeepProbabilities($0, estimator) }
        return sum + zip(p, group.1).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
    return parameters.reduce(0) { sum, parameter in
      let factors = keepProbabilities(parameter, estimator)
      return sum + factors.dropFirst().reduce(factors[0]) { zip($0, $1).map(*) }.reduce(0, +)
    }
  }

  /// For every gate of every group the expected number of weights that it alone decides on: those that it acts
  /// on, as far as the other gates keep them.
  private func dependentWeights(_ estimator: any MaskEstimator) -> [[Double]] {
    var weights = logits.map { [Double](repeating: 0, count: $0.group.shape.count) }
    for parameter in parameters {
      let factors = keepProbabilities(parameter, estimator)
      for (number, gates) in parameter.gates.enumerated() {
        let group = logits.firstIndex { $0.group.name == gates.logits.group.name }
        guard let group else { continue }
        let others = factors.enumerated().filter { $0.offset != number }.map(\.element)
        let places = gates.spread.spread(Array(weights[group].indices))
        for (element, gate) in places.enumerated() {
          weights[group][gate] += others.reduce(1) { $0 * $1[element] }
        }
      }
    }
    return weights
  }

  /// Of every gate of a parameter, the keep probability for each element.
  private func keepProbabilities(
    _ parameter: StageLogits<Scalar>.Masked, _ estimator: any MaskEstimator
  ) -> [[Double]] {
    parameter.gates.map { gates in
      gates.spread.spread(
        gates.logits.value.withUnsafeBufferPointer { gateKeepProbabilities($0, estimator) })
    }
  }

  /// Takes a step of λ, up the gradient of ``addGradient(step:)``.
  func ascend() { ascent.step(gradients: [gradient], gradientScale: 1) }

  // MARK: Checkpoints

  /// λ and the state of their optimiser (`size-target.…`).
  var state: [String: Tensor<Scalar>] {
    ascent.state.reduce(into: ["size-target.multipliers": multipliers.value]) {
      $0["size-target.\($1.key)"] = $1.value
    }
  }

  /// Continues from a state.
  func restore(
    stepCount: Int, state: [String: Tensor<Scalar>]
  ) throws(OptimizerStateError) {
    try multipliers.restore("size-target.", from: state)
    var moments: [String: Tensor<Scalar>] = [:]
    for (name, tensor) in state where name.hasPrefix("size-target.") {
      moments[String(name.dropFirst("size-target.".count))] = tensor
    }
    moments["multipliers"] = nil
    try ascent.restore(stepCount: stepCount, state: moments)
  }
}

// Compiled for both element types: through witnesses it takes a hundred times as long.
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
private func addSize<Scalar: TensorScalar>(
  _ slope: Double, _ weights: [Double], _ logits: UnsafeBufferPointer<Scalar>,
  _ estimator: any MaskEstimator, to gradient: UnsafeMutableBufferPointer<Scalar>
) {
  for gate in logits.indices {
    let change = estimator.keepProbabilityGradient(logit: Double(logits[gate]))
    gradient[gate] += Scalar(slope * weights[gate] * change)
  }
}
