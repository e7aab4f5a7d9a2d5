/// Geometry of a two-dimensional convolution with square kernel.
public struct ConvolutionGeometry: Hashable, Sendable {
  /// Extent of the kernel in both directions.
  public let kernel: Int
  /// Distance between neighbouring outputs.
  public let stride: Int
  /// Zeros added on each side.
  public let padding: Int

  /// A geometry; without arguments stride 1 and no padding.
  public init(kernel: Int, stride: Int = 1, padding: Int = 0) {
    precondition(kernel > 0 && stride > 0 && padding >= 0, "convolution geometry out of range")
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
  /// Shapes: self B×C×H×W → (B·H'·W')×(C·R·R). Rows are ordered by image, then output row, then
  /// output column; columns by channel, then kernel row, then kernel column, as in a weight of
  /// shape K×C×R×R.
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func imageColumns(_ geometry: ConvolutionGeometry) -> Tensor {
    precondition(shape.rank == 4, "images of shape \(shape)")
    let patches = PatchIndices(images: shape, geometry: geometry)
    var result = Tensor(zeros: [patches.rows, patches.columns])
    result.write { out, _ in
      read { x, _ in
        patches.forEach { row, column, pixel in out[row * patches.columns + column] = x[pixel] }
      }
    }
    return result
  }

  /// The adjoint of ``imageColumns(_:)``: every patch element is added to the pixel it came from
  /// (col2im).
  ///
  /// Shapes: self (B·H'·W')×(C·R·R) → `images`.
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func addingColumns(toImages images: Shape, _ geometry: ConvolutionGeometry) -> Tensor {
    let patches = PatchIndices(images: images, geometry: geometry)
    precondition(shape == [patches.rows, patches.columns], "columns \(shape) for images \(images)")
    var result = Tensor(zeros: images)
    result.write { out, _ in
      read { x, _ in
        patches.forEach { row, column, pixel in out[pixel] += x[row * patches.columns + column] }
      }
    }
    return result
  }
}

/// Which pixel each patch element comes from; elements on the padding have none.
private struct PatchIndices {
  let images: Shape
  let geometry: ConvolutionGeometry
  let height: Int
  let width: Int
  var rows: Int { images[0] * height * width }
  var columns: Int { images[1] * geometry.kernel * geometry.kernel }

  init(images: Shape, geometry: ConvolutionGeometry) {
    self.images = images
    self.geometry = geometry
    height = geometry.outputs(along: images[2])
    width = geometry.outputs(along: images[3])
  }

  @inline(__always)
  func forEach(_ body: (_ row: Int, _ column: Int, _ pixel: Int) -> Void) {
    let (channels, h, w, k) = (images[1], images[2], images[3], geometry.kernel)
    var row = 0
    for image in 0..<images[0] {
      for y in 0..<height {
        for x in 0..<width {
          var column = 0
          for channel in 0..<channels {
            for r in 0..<k {
              let sourceRow = y * geometry.stride + r - geometry.padding
              for s in 0..<k {
                let sourceColumn = x * geometry.stride + s - geometry.padding
                if sourceRow >= 0, sourceRow < h, sourceColumn >= 0, sourceColumn < w {
                  let plane = image * channels + channel
                  body(row, column, (plane * h + sourceRow) * w + sourceColumn)
                }
                column += 1
              }
            }
          }
          row += 1
        }
      }
    }
  }
}
