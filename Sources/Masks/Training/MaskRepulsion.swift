import Foundation
import Tensors

/// Presses masks away from weights that other masks of the same task keep, to find out whether the task
/// needs these weights:
///
///     λ Σ σ(rⱼ) / |R|   over the gates R that act on a weight which an earlier mask keeps
///
/// with r the rank of a gate, which is its logit for all estimators but those that keep the largest |l|.
///
/// Reference: All circuits lead to Rome (ICML 2026), arXiv:2605.12671; here for single weights of a network
/// and with a constant λ.
struct MaskRepulsion<Scalar: TensorScalar> {
  /// λ / |R|.
  private let strength: Double
  private let estimator: any MaskEstimator
  /// The logits that are pressed, with the places of the gates in R.
  private let pressed: [(logits: MaskLogits<Scalar>, gates: [Int])]

  /// - Parameters:
  ///   - kept: what earlier masks keep.
  ///   - strength: λ.
  ///   - logits: those that are trained.
  ///   - estimator: how gates are drawn from them.
  init(
    from kept: MaskSet, strength: Double, on logits: [MaskLogits<Scalar>],
    by estimator: any MaskEstimator
  ) {
    self.estimator = estimator
    pressed = logits.map { logits in
      var isKept = [Bool](repeating: false, count: logits.group.shape.count)
      for member in logits.group.members {
        guard let bits = kept[member.parameter]?.bits else { continue }
        for (place, gate) in member.spread.spread(Array(isKept.indices)).enumerated()
        where bits[place] == 1 {
          isKept[gate] = true
        }
      }
      return (logits, isKept.indices.filter { isKept[$0] })
    }
    let count = pressed.reduce(0) { $0 + $1.gates.count }
    self.strength = count == 0 ? 0 : strength / Double(count)
  }

  /// Adds the gradient λ σ′(rⱼ) drⱼ/dlⱼ / |R| to those of the logits.
  func addGradient() {
    for (logits, gates) in pressed where !gates.isEmpty {
      logits.gradient?.accumulate { gradient, adds in
        if !adds { gradient.fill(0) }
        logits.value.withUnsafeBufferPointer { values in
          gradient.withUnsafeMutableBufferPointer { press(gates, strength, values, estimator, $0) }
        }
      }
    }
  }
}

// Compiled for both element types: through witnesses it takes a hundred times as long.
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
private func press<Scalar: TensorScalar>(
  _ gates: [Int], _ strength: Double, _ logits: UnsafeBufferPointer<Scalar>,
  _ estimator: any MaskEstimator, _ gradient: UnsafeMutableBufferPointer<Scalar>
) {
  for gate in gates {
    let logit = Double(logits[gate])
    let keep = 1 / (1 + exp(-estimator.rank(logit: logit)))
    gradient[gate] += Scalar(
      strength * keep * (1 - keep) * estimator.rankGradient(logit: logit))
  }
}
