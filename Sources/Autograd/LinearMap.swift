import Tensors

/// The products with one weight, or with S samples of a weight, that layers are made of.
///
/// Operations with weights (linear layers, convolutions, recurrent layers, attention projections) do
/// not ask for a weight's numbers: they ask the map for products, so that a masked weight need not
/// exist in memory. Inputs and outputs are seen as rows: x N×C, y N×K, whatever the rank of the
/// tensor; a kernel's rows of inputs are the patches of images. Which rows which sample maps is said by
/// blocks.
///
/// Gradient: of a weight dwₛ = dyᵀ x; under masks of the logits straight through the threshold,
/// dl = w ⊙ Σₛ dwₛ ⊙ s⁽ˢ⁾(1 − s⁽ˢ⁾), and of the weight dw = Σₛ dwₛ ⊙ m⁽ˢ⁾; each only when it is needed.
///
/// - Note: Blocks of one call must not share output rows.
public struct LinearMap<Scalar: TensorScalar> {
  private var matrix: WeightMatrix<Scalar>
  private let weight: Value<Scalar>
  /// nil without masks.
  private let logits: Value<Scalar>?

  /// The map of a weight K×C or S×K×C, or of a kernel K×C×R×R or S×K×C×R×R.
  ///
  /// - Parameters:
  ///   - weight: the weight.
  ///   - usesLinearAlgebra: whether OpenBLAS multiplies at every level of the kernels, as a check of
  ///     these.
  public init(_ weight: Value<Scalar>, usesLinearAlgebra: Bool = false) {
    self.weight = weight
    logits = nil
    matrix = WeightMatrix(weight.tensor, usesLinearAlgebra: usesLinearAlgebra)
  }

  /// The map of a weight K×C or a kernel K×C×R×R under S fresh Gumbel-sigmoid masks.
  ///
  /// - Parameters:
  ///   - weight: the weight.
  ///   - logits: like the weight.
  ///   - samples: S.
  ///   - noise: what the masks are drawn from; see
  ///     ``Tensors/WeightMatrix/init(_:logits:samples:noise:)``.
  public init(
    _ weight: Value<Scalar>, logits: Value<Scalar>, samples: Int, noise: RandomStream.Position
  ) {
    self.weight = weight
    self.logits = logits
    matrix = WeightMatrix(
      weight.tensor, logits: logits.tensor, samples: samples, noise: noise)
  }

  /// The same map, applied to the patches of images.
  func over(_ patches: PatchLayout) -> LinearMap {
    var map = self
    map.matrix = matrix.over(patches)
    return map
  }

  /// K, the length of an output row.
  public var outputs: Int { matrix.outputs }
  /// C, the length of an input row.
  public var inputs: Int { matrix.inputs }
  /// S, the number of weight samples; 1 for a plain weight.
  public var samples: Int { matrix.samples }
  /// The shape of the weight, with S first when it comes in samples.
  var shape: Shape { weight.shape }
  /// The values that the products depend on, for ``Graph/record(_:inputs:pullback:)``.
  public var dependencies: [Value<Scalar>] { [weight] + (logits.map { [$0] } ?? []) }

  /// y (+)= x wₛᵀ for the rows of the blocks; other rows stay as they are.
  public func multiply(
    _ x: Tensor<Scalar>, into y: inout Tensor<Scalar>, blocks: [RowBlock], adds: Bool
  ) {
    matrix.multiply(x, into: &y, blocks: blocks, adds: adds)
  }

  /// dx (+)= dy wₛ for the rows of the blocks; other rows stay as they are.
  public func multiplyTransposed(
    _ dY: Tensor<Scalar>, into dX: inout Tensor<Scalar>, blocks: [RowBlock], adds: Bool
  ) {
    matrix.multiplyTransposed(dY, into: &dX, blocks: blocks, adds: adds)
  }

  /// Adds dyᵀ x, summed over the rows of every sample's blocks, to the gradient of the weight, or
  /// what follows from it to those of a masked weight and its logits.
  public func addGradient(
    x: Tensor<Scalar>, dY: Tensor<Scalar>, blocks: [RowBlock], pull: Pull<Scalar>
  ) {
    guard let logits, pull.wants(logits) else {
      pull.accumulate(into: weight) { dW, adds in  // dw = dyᵀ x, or Σₛ dwₛ ⊙ m⁽ˢ⁾
        matrix.weightGradient(x: x, dY: dY, blocks: blocks, into: &dW, adds: adds)
      }
      return
    }
    pull.accumulate(into: logits) { dL, addsToLogits in  // dl = w ⊙ Σₛ dwₛ ⊙ s⁽ˢ⁾(1 − s⁽ˢ⁾)
      guard pull.wants(weight) else {
        return matrix.logitGradient(
          x: x, dY: dY, blocks: blocks, into: &dL, adds: addsToLogits)
      }
      pull.accumulate(into: weight) { dW, addsToWeight in  // dw = Σₛ dwₛ ⊙ m⁽ˢ⁾
        matrix.gradients(
          x: x, dY: dY, blocks: blocks, intoWeight: &dW, adds: addsToWeight, intoLogits: &dL,
          adds: addsToLogits)
      }
    }
  }
}
