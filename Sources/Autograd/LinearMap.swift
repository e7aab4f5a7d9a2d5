import Tensors

/// The products with one weight, or with S samples of a weight, that layers are made of.
///
/// Operations with weights (linear layers, recurrent layers, attention projections) do not ask for
/// a weight's numbers: they ask the map for products, so that a masked weight need not exist in
/// memory. Inputs and outputs are seen as rows: x N×C, y N×K, whatever the rank of the tensor. Which
/// rows which sample maps is said by blocks.
///
/// - Note: Blocks of one call must not share output rows.
public protocol LinearMap<Scalar> {
  associatedtype Scalar: TensorScalar

  /// K, the length of an output row.
  var outputs: Int { get }
  /// C, the length of an input row.
  var inputs: Int { get }
  /// S, the number of weight samples; 1 for a plain weight.
  var samples: Int { get }
  /// The values that the products depend on, for ``Graph/record(_:inputs:pullback:)``.
  var dependencies: [Value<Scalar>] { get }

  /// y (+)= x wₛᵀ for the rows of the blocks; other rows stay as they are.
  func multiply(
    _ x: Tensor<Scalar>, into y: inout Tensor<Scalar>, blocks: [RowBlock], adds: Bool)

  /// dx (+)= dy wₛ for the rows of the blocks; other rows stay as they are.
  func multiplyTransposed(
    _ dY: Tensor<Scalar>, into dX: inout Tensor<Scalar>, blocks: [RowBlock], adds: Bool)

  /// Adds dyᵀ x, summed over the rows of every sample's blocks, to the gradient of the weight, or
  /// what follows from it to the gradients of the values behind the weight.
  func addGradient(
    x: Tensor<Scalar>, dY: Tensor<Scalar>, blocks: [RowBlock], pull: Pull<Scalar>)
}

/// A weight K×C, or samples S×K×C of it, that exists as a value; or a kernel K×C×R×R, seen as
/// K×(C·R·R).
public struct MatrixMap<Scalar: TensorScalar>: LinearMap {
  /// The weight.
  public let weight: Value<Scalar>
  private let matrix: PlainMatrix<Scalar>

  /// The map of a weight K×C or S×K×C, or of a kernel.
  public init(_ weight: Value<Scalar>) {
    self.weight = weight
    matrix = PlainMatrix(weight.tensor)
  }

  /// K.
  public var outputs: Int { matrix.outputs }
  /// C.
  public var inputs: Int { matrix.inputs }
  /// S.
  public var samples: Int { matrix.samples }
  /// The weight.
  public var dependencies: [Value<Scalar>] { [weight] }

  /// y (+)= x wᵀ.
  public func multiply(
    _ x: Tensor<Scalar>, into y: inout Tensor<Scalar>, blocks: [RowBlock], adds: Bool
  ) {
    matrix.multiply(x, into: &y, blocks: blocks, adds: adds)
  }

  /// dx (+)= dy w.
  public func multiplyTransposed(
    _ dY: Tensor<Scalar>, into dX: inout Tensor<Scalar>, blocks: [RowBlock], adds: Bool
  ) {
    matrix.multiplyTransposed(dY, into: &dX, blocks: blocks, adds: adds)
  }

  /// dw (+)= dyᵀ x.
  public func addGradient(
    x: Tensor<Scalar>, dY: Tensor<Scalar>, blocks: [RowBlock], pull: Pull<Scalar>
  ) {
    pull.accumulate(into: weight) { dW, adds in
      matrix.gradient(x: x, dY: dY, blocks: blocks, into: &dW, adds: adds)
    }
  }
}
