/// Geometry of a two-dimensional convolution with square kernel.
public struct ConvolutionGeometry: Hashable, Sendable {
  /// Extent of the kernel in both directions.
  public let kernel: Int
  /// Distance between neighbouring outputs.
  public let stride: Int
  /// Zeros added on each side.
  public let padding: Int

  private static let bound = 1 << 16

  /// A geometry; without arguments stride 1 and no padding.
  public init(kernel: Int, stride: Int = 1, padding: Int = 0) {
    require(
      kernel > 0 && kernel < Self.bound && stride > 0 && padding >= 0 && padding < Self.bound,
      "a kernel \(kernel)×\(kernel) with stride \(stride) and padding \(padding)")
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }

  /// Number of outputs along an axis of the given extent.
  public func outputs(along extent: Int) -> Int { (extent + 2 * padding - kernel) / stride + 1 }
}

extension Tensor {
  /// Patches of images as rows, so that a convolution becomes a matrix product (im2col).
  ///
  /// Shapes: self B×H×W×C → (B·H'·W')×(R·R·C), in the order of ``PatchLayout``.
  public func imageColumns(_ geometry: ConvolutionGeometry) -> Tensor {
    let patches = PatchLayout(images: shape, geometry)
    var result = Tensor(uninitialized: [shape[0] * patches.rows, patches.columns])
    result.write { out, _ in
      read { x, _ in Scalar.imageColumns(patches, images: shape[0], x, out) }
    }
    return result
  }

  /// Adds every element of patches to the pixel that it came from (col2im), the adjoint of
  /// ``imageColumns(_:)``.
  ///
  /// Shapes: columns (B·H'·W')×(R·R·C), self B×H×W×C.
  public mutating func addImageColumns(_ columns: Tensor, _ geometry: ConvolutionGeometry) {
    let images = shape
    let patches = PatchLayout(images: images, geometry)
    require(
      columns.shape == [images[0] * patches.rows, patches.columns],
      "columns \(columns.shape) for images \(images)")
    write { out, _ in
      columns.read { x, _ in Scalar.addImageColumns(patches, images: images[0], x, out) }
    }
  }
}
