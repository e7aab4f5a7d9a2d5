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

/// A weight K×C, or samples S×K×C of it, that exists as a value.
public struct MatrixMap<Scalar: TensorScalar>: LinearMap {
  /// The weight.
  public let weight: Value<Scalar>

  /// The map of a weight K×C or S×K×C.
  public init(_ weight: Value<Scalar>) {
    let shape = weight.shape
    precondition(
      (shape.rank == 2 || shape.rank == 3) && (shape.rank == 2 || shape[0] > 0),
      "linear map of a weight \(shape)")
    self.weight = weight
  }

  /// K.
  public var outputs: Int { weight.shape[weight.shape.rank - 2] }
  /// C.
  public var inputs: Int { weight.shape[weight.shape.rank - 1] }
  /// S.
  public var samples: Int { weight.shape.rank == 3 ? weight.shape[0] : 1 }
  /// The weight.
  public var dependencies: [Value<Scalar>] { [weight] }

  /// y (+)= x wᵀ.
  public func multiply(
    _ x: Tensor<Scalar>, into y: inout Tensor<Scalar>, blocks: [RowBlock], adds: Bool
  ) {
    check(blocks, x: x.shape, y: y.shape)
    let (k, c) = (outputs, inputs)
    x.read { x in
      weight.tensor.read { w in
        y.write { y in
          for block in blocks {
            Scalar.gemm(
              block.count, k, c, x + block.inputRow * c, false, w + block.sample * k * c, true,
              y + block.outputRow * k, adds: adds)
          }
        }
      }
    }
  }

  /// dx (+)= dy w.
  public func multiplyTransposed(
    _ dY: Tensor<Scalar>, into dX: inout Tensor<Scalar>, blocks: [RowBlock], adds: Bool
  ) {
    check(blocks, x: dX.shape, y: dY.shape)
    let (k, c) = (outputs, inputs)
    dY.read { dY in
      weight.tensor.read { w in
        dX.write { dX in
          for block in blocks {
            Scalar.gemm(
              block.count, c, k, dY + block.outputRow * k, false, w + block.sample * k * c, false,
              dX + block.inputRow * c, adds: adds)
          }
        }
      }
    }
  }

  /// dw (+)= dyᵀ x.
  public func addGradient(
    x: Tensor<Scalar>, dY: Tensor<Scalar>, blocks: [RowBlock], pull: Pull<Scalar>
  ) {
    check(blocks, x: x.shape, y: dY.shape)
    let (k, c) = (outputs, inputs)
    pull.accumulate(into: weight) { dW, adds in
      x.read { x in
        dY.read { dY in
          dW.write { dW in
            var isWritten = [Bool](repeating: adds, count: samples)
            for block in blocks {
              Scalar.gemm(
                k, c, block.count, dY + block.outputRow * k, true, x + block.inputRow * c, false,
                dW + block.sample * k * c, adds: isWritten[block.sample])
              isWritten[block.sample] = true
            }
            for sample in 0..<samples where !isWritten[sample] {
              Scalar.fill(k * c, 0, dW + sample * k * c)
            }
          }
        }
      }
    }
  }

  private func check(_ blocks: [RowBlock], x: Shape, y: Shape) {
    let (rowsX, rowsY) = (x.count / max(inputs, 1), y.count / max(outputs, 1))
    for block in blocks {
      precondition(
        block.sample >= 0 && block.sample < samples && block.inputRow >= 0 && block.outputRow >= 0
          && (inputs == 0 || block.inputRow + block.count <= rowsX)
          && (outputs == 0 || block.outputRow + block.count <= rowsY),
        "\(block) of a map \(weight.shape) for values \(x) and \(y)")
    }
  }
}
