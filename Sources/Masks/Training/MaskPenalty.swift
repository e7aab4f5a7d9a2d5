import Autograd
import Tensors

/// The penalty α Σ n φ(l) on the logits of a stage, with n the number of weights that a gate acts on
/// and φ the penalty of the estimator.
struct MaskPenalty<Scalar: TensorScalar> {
  /// α = β / B of every group.
  private let strengths: [Double]
  private let logits: [MaskLogits<Scalar>]
  private let estimator: any MaskEstimator
  /// n for every gate; nil where it is 1.
  private let weights: [[Double]?]

  /// - Parameters:
  ///   - logits: those that are trained.
  ///   - estimator: says φ.
  ///   - beta: β of the groups that have none of their own.
  ///   - batch: B.
  init(
    on logits: [MaskLogits<Scalar>], by estimator: any MaskEstimator, beta: Double, batch: Int
  ) {
    strengths = logits.map { ($0.group.beta ?? beta) / Double(batch) }
    self.logits = logits
    self.estimator = estimator
    weights = logits.map(\.group.weightsPerGate)
  }

  /// Whether the gradient is the same for all logits.
  var isConstant: Bool {
    estimator.hasConstantPenaltyGradient && weights.allSatisfy { $0 == nil }
      && strengths.allSatisfy { $0 == strengths.first }
  }

  /// Adds the gradient α n dφ/dl to those of the logits, but for a part that is the same for all of
  /// them.
  ///
  /// - Parameter step: the step of training.
  /// - Returns: the part that is still to be added to every element.
  func addGradient(step: Int) -> Double {
    let estimator = estimator.at(step: step)
    if isConstant, let strength = strengths.first {
      return strength * estimator.penaltyGradient(logit: 0)
    }
    for ((logits, weights), strength) in zip(zip(logits, weights), strengths) {
      logits.gradient?.accumulate { gradient, adds in
        if !adds { gradient.fill(0) }
        logits.value.withUnsafeBufferPointer { values in
          gradient.withUnsafeMutableBufferPointer { gradient in
            addPenalty(strength, weights, values, estimator, to: gradient)
          }
        }
      }
    }
    return 0
  }
}

// Compiled for both element types: through witnesses it takes a hundred times as long.
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
private func addPenalty<Scalar: TensorScalar>(
  _ strength: Double, _ weights: [Double]?, _ logits: UnsafeBufferPointer<Scalar>,
  _ estimator: any MaskEstimator, to gradient: UnsafeMutableBufferPointer<Scalar>
) {
  for gate in logits.indices {
    let slope = estimator.penaltyGradient(logit: Double(logits[gate]))
    gradient[gate] += Scalar(strength * (weights?[gate] ?? 1) * slope)
  }
}
