/// The products of a convolution: patches of images with a kernel, or with S samples of a kernel.
///
/// The C kernels take the patches from the images when they pack rows for their products, and add
/// gradients to the pixels tile by tile, so that patches never exist as a whole; the kernel is kept
/// in the order of the patches.
///
/// Shapes: kernel K×C×R×R or S×K×C×R×R as in PyTorch; images B×H×W×C; outputs B×H'×W'×K.
public struct PatchMatrix<Scalar: TensorScalar>: Sendable {
  /// Where the patches lie.
  public let patches: PatchLayout
  /// K.
  public let outputs: Int
  /// S.
  public let samples: Int
  /// S×K×(R·R·C).
  private let weight: Tensor<Scalar>
  private let kernelShape: Shape

  /// The products with a kernel.
  ///
  /// - Precondition: as many channels as the images have, and the size of the geometry.
  public init(kernel: Tensor<Scalar>, patches: PatchLayout) {
    let shape = kernel.shape
    let rank = shape.rank
    precondition(
      (rank == 4 || rank == 5) && shape[rank - 3] == patches.channels
        && shape[rank - 2] == patches.geometry.kernel && shape[rank - 1] == shape[rank - 2],
      "products of a kernel \(shape) with patches of \(patches.channels) channels")
    self.patches = patches
    outputs = shape[rank - 4]
    samples = rank == 5 ? shape[0] : 1
    kernelShape = shape
    weight = kernel.transposingEach(rows: patches.channels, columns: patches.taps)
      .reshaped(to: [samples, outputs, patches.columns])
  }

  /// y = patches wₛᵀ for some images; other rows of y stay as they are.
  public func multiply(
    _ x: Tensor<Scalar>, images: Range<Int>, sample: Int, into y: inout Tensor<Scalar>
  ) {
    let block = block(images, sample: sample, x: x, y: y)
    weight.read { w, _ in
      x.read { x, _ in
        y.write { y, _ in Scalar.product(factor(w), [block], x, y, adds: false) }
      }
    }
  }

  /// dx += the adjoint of the patches, of dy wₛ, for some images.
  public func addInputGradient(
    _ dY: Tensor<Scalar>, images: Range<Int>, sample: Int, to dX: inout Tensor<Scalar>
  ) {
    let block = block(images, sample: sample, x: dX, y: dY)
    weight.read { w, _ in
      dY.read { dY, _ in
        dX.write { dX, _ in Scalar.transposedProduct(factor(w), [block], dY, dX, adds: true) }
      }
    }
  }

  /// Room for ``addGradient(x:dY:images:sample:to:adds:)``.
  public func makeGradient() -> Tensor<Scalar> { Tensor(uninitialized: weight.shape) }

  /// dwₛ (+)= dyᵀ patches for some images.
  ///
  /// - Parameter total: S×K×(R·R·C); see ``kernelGradient(_:)``.
  public func addGradient(
    x: Tensor<Scalar>, dY: Tensor<Scalar>, images: Range<Int>, sample: Int,
    to total: inout Tensor<Scalar>, adds: Bool
  ) {
    var block = block(images, sample: sample, x: x, y: dY)
    block.sample = 0
    precondition(total.shape == weight.shape, "gradient \(total.shape) of \(weight.shape)")
    total.write { total, _ in
      x.read { x, _ in
        dY.read { dY, _ in
          let own = total + sample * outputs * patches.columns
          Scalar.weightGradient(factor(own, samples: 1), [block], x, dY, own, adds: adds)
        }
      }
    }
  }

  /// The gradient of the kernel, in its shape, from the sum over all images.
  public func kernelGradient(_ total: Tensor<Scalar>) -> Tensor<Scalar> {
    precondition(total.shape == weight.shape, "gradient \(total.shape) of \(weight.shape)")
    return total.transposingEach(rows: patches.taps, columns: patches.channels)
      .reshaped(to: kernelShape)
  }

  private func factor(_ weight: Scalar.In, samples: Int? = nil) -> MatrixFactor<Scalar> {
    MatrixFactor(
      outputs: outputs, inputs: patches.columns, samples: samples ?? self.samples, weights: weight,
      bits: nil, patches: patches)
  }

  private func block(
    _ images: Range<Int>, sample: Int, x: Tensor<Scalar>, y: Tensor<Scalar>
  ) -> RowBlock {
    precondition(
      (0..<samples).contains(sample) && images.lowerBound >= 0
        && images.upperBound * patches.pixels <= x.count
        && images.upperBound * patches.rows * outputs <= y.count,
      "images \(images), sample \(sample) of \(samples), of \(x.shape) and \(y.shape)")
    let row = images.lowerBound * patches.rows
    return RowBlock(
      sample: sample, inputRow: row, outputRow: row, count: images.count * patches.rows)
  }
}
