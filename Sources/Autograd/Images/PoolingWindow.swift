import Tensors

/// Square windows that slide over images.
public struct PoolingWindow: Sendable, Hashable {
  /// Rows and columns of a window.
  public let size: Int
  /// Distance between neighbouring windows.
  public let stride: Int
  /// Rows and columns beyond every edge; at most half of the size, so that every window holds a
  /// pixel.
  public let padding: Int

  /// Windows, side by side unless a stride is given.
  public init(_ size: Int, stride: Int? = nil, padding: Int = 0) {
    self.size = size
    self.stride = stride ?? size
    self.padding = padding
  }

  /// Number of windows along an axis of the given extent.
  public func outputs(along extent: Int) -> Int {
    max(0, (extent + 2 * padding - size + stride) / stride)
  }

  /// The shape of the pooled images.
  ///
  /// - Precondition: size and stride are positive; padding is at most half of the size.
  func outputs(of images: Shape, operation: String) -> Shape {
    require(
      images.rank == 4 && size > 0 && stride > 0 && padding >= 0 && 2 * padding <= size,
      "\(operation): windows of \(size), stride \(stride), padding \(padding) over \(images)")
    return [images[0], outputs(along: images[1]), outputs(along: images[2]), images[3]]
  }

  /// The rows or columns of a window that lie within an axis of the given extent.
  func range(_ output: Int, of extent: Int) -> Range<Int> {
    let start = output * stride - padding
    return max(0, start)..<min(extent, start + size)
  }

  /// Calls `body` for every window: its number in the order of the outputs' rows, and for every
  /// pixel within it, in the order of rows, then columns, the pixel's number.
  @inline(__always)
  func forEachWindow(
    of images: Shape, in outputs: Shape,
    _ body: (
      _ output: Int, _ rows: Range<Int>,
      _ columns: Range<Int>, _ firstPixel: Int
    ) -> Void
  ) {
    let (height, width) = (images[1], images[2])
    var output = 0
    for image in 0..<images[0] {
      for i in 0..<outputs[1] {
        let rows = range(i, of: height)
        for j in 0..<outputs[2] {
          body(output, rows, range(j, of: width), image * height * width)
          output += 1
        }
      }
    }
  }
}
