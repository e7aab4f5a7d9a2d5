import Autograd
import NeuralNetworks
import Tensors

/// What follows the backward pass in every step of mask training: penalty, norm, clipping, Adam.
///
/// With g the gradients of all groups, p those of their penalties, and A those of the frozen network,
/// if they count:
///
///     c = min(1, clip / (√(‖g + p‖² + ‖A‖²) + 10⁻⁶))
///     A ← c A
///     every group ← Adam(c (g + p))
///
/// A constant p does not exist in memory: it is added wherever the gradients are read.
///
/// Adam works element by element: one instance for each group is one Adam over all of them.
final class ClippedDescent<Scalar: TensorScalar> {
  /// Parameters that share a penalty.
  struct Group {
    /// One for each parameter of the optimiser.
    let gradients: [GradientBuffer<Scalar>]
    let optimizer: Adam<Scalar>
    /// nil without one.
    let penalty: MaskPenalty<Scalar>?
    /// What the names of the optimiser's state begin with in checkpoints.
    let prefix: String
    /// Logits of the group that have left; nil where none can.
    var settled: SettledLogits<Scalar>?
  }

  private let groups: [Group]
  private let frozen: FrozenGradients<Scalar>?
  private let clipping: GlobalNormClipping

  /// - Parameters:
  ///   - groups: what is trained; the norm adds up their squares in this order.
  ///   - frozen: accumulators that count for the norm and are scaled along.
  ///   - clip: the bound of the norm.
  init(_ groups: [Group], frozen: FrozenGradients<Scalar>? = nil, clip: Double) {
    self.groups = groups
    self.frozen = frozen
    clipping = GlobalNormClipping(maximumNorm: clip)
  }

  /// Takes one step along the collected gradients; when loss or norm are not finite, nothing is
  /// updated, since that would spoil everything that is still finite and hide what was first.
  ///
  /// - Parameters:
  ///   - step: its number, for the penalties.
  ///   - loss: the task's, for the report.
  func step(_ step: Int, loss: Double) -> MaskStepReport {
    let offsets = groups.map { $0.penalty?.addGradient(step: step) ?? 0 }
    let squares = zip(groups, offsets).reduce(0.0) { sum, group in
      let offset = Scalar(group.1)
      return group.0.gradients.reduce(sum) { $0 + $1.sumOfSquares(offset: offset) }
        + (group.0.settled?.sumOfSquares(offset: offset) ?? 0)
    }
    let norm = (squares + (frozen?.sumOfSquares ?? 0)).squareRoot()
    let report = MaskStepReport(loss: loss, measurement: clipping.measure(norm: norm))
    guard report.isFinite else { return report }
    let coefficient = report.clippingCoefficient
    if coefficient < 1 { frozen?.scale(by: coefficient) }
    for (group, offset) in zip(groups, offsets) {
      let step = group.optimizer.step(
        gradients: group.gradients, gradientOffset: offset, gradientScale: coefficient)
      group.settled?.miss(step)
    }
    return report
  }

  // MARK: Checkpoints

  /// Steps taken so far.
  var stepCount: Int { groups.first?.optimizer.stepCount ?? 0 }

  /// The states of the optimisers, each under the prefix of its group.
  var state: [String: Tensor<Scalar>] {
    groups.reduce(into: [:]) { state, group in
      for (name, tensor) in group.optimizer.state { state[group.prefix + name] = tensor }
    }
  }

  /// Continues from a state.
  ///
  /// - Throws: ``OptimizerStateError`` when a tensor is missing or has another shape.
  func restore(stepCount: Int, state: [String: Tensor<Scalar>]) throws(OptimizerStateError) {
    for group in groups {
      var moments: [String: Tensor<Scalar>] = [:]
      for (name, tensor) in state where name.hasPrefix(group.prefix) {
        moments[String(name.dropFirst(group.prefix.count))] = tensor
      }
      try group.optimizer.restore(stepCount: stepCount, state: moments)
    }
  }
}
