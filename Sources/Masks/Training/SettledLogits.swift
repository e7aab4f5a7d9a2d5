import NeuralNetworks
import Tensors

/// The logits that have left the products, and their part in training.
///
/// Their gradient is the constant α of the regulariser, the same for all: of the norm they have the
/// share n α². Nothing that a step computes depends on their values. So they take the steps that they
/// have missed when somebody reads them, all at once and with the arithmetic of single steps: their
/// bits do not depend on when that is.
///
/// They live in tensors of whole weights, whose elements in the block that is left are void.
final class SettledLogits<Scalar: TensorScalar> {
  private let logits: [MaskLogits<Scalar>]
  /// Of whole weights, by the names of the optimiser's state.
  private var moments: [String: Tensor<Scalar>] = [:]
  private var missed: [AdamCoefficients] = []

  /// - Parameter logits: those that are trained.
  init(of logits: [MaskLogits<Scalar>]) { self.logits = logits }

  /// Those of which a block is trained apart.
  private var divided: [(all: MaskLogits<Scalar>, block: LiveBlock, part: Parameter<Scalar>)] {
    logits.compactMap { logits in
      logits.live.flatMap { live in live.logits.map { (logits, live.block, $0.parameter) } }
    }
  }

  /// n α².
  func sumOfSquares(offset: Scalar) -> Double {
    let count = divided.reduce(0) { $0 + $1.block.shape.count - $1.block.elementShape.count }
    return Double(count) * Double(offset) * Double(offset)
  }

  /// Notes a step of the others.
  func miss(_ step: AdamCoefficients) {
    if !divided.isEmpty { missed.append(step) }
  }

  /// Takes the missed steps; all logits are those of the last step then.
  func catchUp() {
    for (all, block, part) in divided {
      let names = names(of: all)
      // Taken out, tensors have no second owner and are changed in place.
      if !missed.isEmpty, var first = moments.removeValue(forKey: names[0]),
        var second = moments.removeValue(forKey: names[1])
      {
        all.parameter.value.adamSteps(missed, first: &first, second: &second)
        moments[names[0]] = first
        moments[names[1]] = second
      }
      all.parameter.value.put(part.value, in: block)
    }
    missed = []
  }

  // MARK: Moments

  private func names(of logits: MaskLogits<Scalar>) -> [String] {
    ["m", "v"].map { "optimizer.adam.\($0).\(logits.parameter.name)" }
  }

  /// The optimiser's state with the moments of all logits, from that with those of the blocks.
  func whole(_ state: [String: Tensor<Scalar>]) -> [String: Tensor<Scalar>] {
    catchUp()
    var state = state
    for (all, block, _) in divided {
      for name in names(of: all) {
        guard let part = state[name], var whole = moments[name] else { continue }
        whole.put(part, in: block)
        state[name] = whole
      }
    }
    return state
  }

  /// The optimiser's state with the moments of the blocks, from that with those of all logits, of which
  /// the rest is kept here.
  func divide(_ state: [String: Tensor<Scalar>]) -> [String: Tensor<Scalar>] {
    (moments, missed) = ([:], [])
    var state = state
    for (all, block, _) in divided {
      for name in names(of: all) {
        // A tensor of another shape is the optimiser's to complain of.
        guard let whole = state[name], whole.shape == block.shape else { continue }
        moments[name] = whole
        state[name] = whole.elements(of: block)
      }
    }
    return state
  }
}
