/// The products with a weight, or with S samples of a weight, as they lie in memory.
///
/// Shapes: weight K×C or S×K×C; inputs and outputs are seen as rows of length C and K. A kernel
/// K×C×R×R or S×K×C×R×R is seen as K×(C·R·R).
public struct PlainMatrix<Scalar: TensorScalar>: Sendable {
  /// K×C or S×K×C, or a kernel.
  public let weight: Tensor<Scalar>
  /// K.
  public let outputs: Int
  /// C, of a kernel C·R·R.
  public let inputs: Int
  /// S.
  public let samples: Int

  /// The products with a weight K×C or S×K×C, or with a kernel.
  public init(_ weight: Tensor<Scalar>) {
    let shape = weight.shape
    let hasSamples = shape.rank == 3 || shape.rank == 5
    precondition(
      shape.rank == 2 || shape.rank == 4 || (hasSamples && shape[0] > 0),
      "products with a weight \(shape)")
    self.weight = weight
    samples = hasSamples ? shape[0] : 1
    outputs = shape[hasSamples ? 1 : 0]
    inputs = (hasSamples ? 2..<shape.rank : 1..<shape.rank).reduce(1) { $0 * shape[$1] }
  }

  /// y (+)= x wₛᵀ for the rows of the blocks; other rows of y stay as they are.
  public func multiply(
    _ x: Tensor<Scalar>, into y: inout Tensor<Scalar>, blocks: [RowBlock], adds: Bool
  ) {
    check(blocks, x: x.shape, y: y.shape)
    weight.read { w, _ in
      x.read { x, _ in
        y.write { y, _ in Scalar.product(factor(w), blocks, x, y, adds: adds) }
      }
    }
  }

  /// dx (+)= dy wₛ for the rows of the blocks; other rows of dx stay as they are.
  public func multiplyTransposed(
    _ dY: Tensor<Scalar>, into dX: inout Tensor<Scalar>, blocks: [RowBlock], adds: Bool
  ) {
    check(blocks, x: dX.shape, y: dY.shape)
    weight.read { w, _ in
      dY.read { dY, _ in
        dX.write { dX, _ in Scalar.transposedProduct(factor(w), blocks, dY, dX, adds: adds) }
      }
    }
  }

  /// dwₛ (+)= dyᵀ x over the rows of sample s.
  public func gradient(
    x: Tensor<Scalar>, dY: Tensor<Scalar>, blocks: [RowBlock], into dWeight: inout Tensor<Scalar>,
    adds: Bool
  ) {
    check(blocks, x: x.shape, y: dY.shape)
    precondition(dWeight.shape == weight.shape, "gradient \(dWeight.shape) of \(weight.shape)")
    weight.read { w, _ in
      x.read { x, _ in
        dY.read { dY, _ in
          dWeight.write { dW, _ in
            Scalar.weightGradient(factor(w), blocks, x, dY, dW, adds: adds)
          }
        }
      }
    }
  }

  private func factor(_ weight: Scalar.In) -> MatrixFactor<Scalar> {
    MatrixFactor(outputs: outputs, inputs: inputs, samples: samples, weights: weight, bits: nil)
  }

  private func check(_ blocks: [RowBlock], x: Shape, y: Shape) {
    RowBlock.check(blocks, samples: samples, inputs: inputs, outputs: outputs, x: x, y: y)
  }
}
