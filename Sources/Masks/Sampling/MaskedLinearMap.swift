import Autograd
import Tensors

/// The products with a weight under fresh masks, which exist as bits only: what
/// ``Autograd/Graph/sampledMasks(weights:logits:samples:noise:)`` and a matrix product give, without
/// the masked copies and without the weight's gradient in memory.
///
/// Gradient: of the logits straight through the threshold; of the weight, when it needs one,
/// Σₛ Gₛ ⊙ mₛ.
struct MaskedLinearMap<Scalar: TensorScalar>: LinearMap {
  private let weight: Value<Scalar>
  private let logits: Value<Scalar>
  private let matrix: MaskedMatrix<Scalar>

  /// Draws the masks.
  ///
  /// - Precondition: weight and logits K×C.
  init(
    weight: Value<Scalar>, logits: Value<Scalar>, samples: Int, noise: RandomStream.Position
  ) {
    self.weight = weight
    self.logits = logits
    matrix = MaskedMatrix(
      weight: weight.tensor, logits: logits.tensor, samples: samples, noise: noise)
  }

  var outputs: Int { matrix.outputs }
  var inputs: Int { matrix.inputs }
  var samples: Int { matrix.samples }
  var dependencies: [Value<Scalar>] { [weight, logits] }

  func multiply(
    _ x: Tensor<Scalar>, into y: inout Tensor<Scalar>, blocks: [RowBlock], adds: Bool
  ) {
    matrix.multiply(x, into: &y, blocks: blocks, adds: adds)
  }

  func multiplyTransposed(
    _ dY: Tensor<Scalar>, into dX: inout Tensor<Scalar>, blocks: [RowBlock], adds: Bool
  ) {
    matrix.multiplyTransposed(dY, into: &dX, blocks: blocks, adds: adds)
  }

  func addGradient(
    x: Tensor<Scalar>, dY: Tensor<Scalar>, blocks: [RowBlock], pull: Pull<Scalar>
  ) {
    pull.accumulate(into: logits) { dLogits, adds in
      guard pull.wants(weight) else {
        return matrix.logitGradient(x: x, dY: dY, blocks: blocks, into: &dLogits, adds: adds)
      }
      pull.accumulate(into: weight) { dWeight, addsToWeight in
        if !addsToWeight { dWeight.fill(0) }
        matrix.logitGradient(
          x: x, dY: dY, blocks: blocks, into: &dLogits, adds: adds, addingTo: &dWeight)
      }
    }
  }
}
