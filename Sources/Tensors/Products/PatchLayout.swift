/// Where the elements of the patches of images H×W×C lie, for loops.
///
/// Patches are ordered by image, output row and output column, the elements of a patch by kernel row,
/// kernel column and channel: the pixels of a kernel row lie side by side in the image too.
public struct PatchLayout: Hashable, Sendable {
  /// H.
  public let height: Int
  /// W.
  public let width: Int
  /// C.
  public let channels: Int
  /// Kernel, stride and padding.
  public let geometry: ConvolutionGeometry
  /// Rows of outputs.
  public let outHeight: Int
  /// Columns of outputs.
  public let outWidth: Int

  /// The patches of images B×H×W×C.
  ///
  /// - Precondition: rank 4; the kernel fits into the padded images.
  public init(images: Shape, _ geometry: ConvolutionGeometry) {
    require(
      images.rank == 4 && images[1] + 2 * geometry.padding >= geometry.kernel
        && images[2] + 2 * geometry.padding >= geometry.kernel,
      "patches of \(geometry.kernel)×\(geometry.kernel) of images \(images)")
    height = images[1]
    width = images[2]
    channels = images[3]
    self.geometry = geometry
    outHeight = geometry.outputs(along: height)
    outWidth = geometry.outputs(along: width)
  }

  /// Patches of one image.
  public var rows: Int { outHeight * outWidth }
  /// Whether every patch is one pixel, in the order of the images: the rows of the images themselves.
  var arePixels: Bool { geometry == ConvolutionGeometry(kernel: 1) }
  /// Pixels of a patch: R·R.
  var taps: Int { geometry.kernel * geometry.kernel }
  /// Elements of a patch: R·R·C.
  public var columns: Int { channels * geometry.kernel * geometry.kernel }
  /// Elements of one image.
  public var pixels: Int { height * width * channels }

  /// Every element of the patches and the element of the images that it comes from, by its
  /// definition; elements on the padding are left out.
  func forEach(images: Int, _ body: (_ element: Int, _ pixel: Int) -> Void) {
    let k = geometry.kernel
    var element = 0
    for image in 0..<images {
      for y in 0..<outHeight {
        for x in 0..<outWidth {
          for r in 0..<k {
            for s in 0..<k {
              let row = y * geometry.stride + r - geometry.padding
              let column = x * geometry.stride + s - geometry.padding
              guard row >= 0, row < height, column >= 0, column < width else { continue }
              for channel in 0..<channels {
                body(
                  element + (r * k + s) * channels + channel,
                  ((image * height + row) * width + column) * channels + channel)
              }
            }
          }
          element += columns
        }
      }
    }
  }
}

// MARK: - Parts

extension PatchLayout {
  /// Bytes that the packed patches of a part may take: the patches of a batch may be hundreds of
  /// megabytes; they are packed for a few images, multiplied while they are in the second-level
  /// cache, and packed again for the backward pass.
  private static let partBytes = 512 << 10
  /// Patches of a part, where there are so many: as many rows share one packing of the weight.
  private static let leastRows = 256

  /// The images of a block.
  ///
  /// - Precondition: the block is that of whole images.
  func images(of block: RowBlock) -> Range<Int> {
    let size = max(rows, 1)
    require(
      block.inputRow.isMultiple(of: size) && block.count.isMultiple(of: size),
      "\(block) of patches is not that of whole images")
    return block.inputRow / size..<(block.inputRow + block.count) / size
  }

  /// A block cut into blocks of some images each, of nearly equal sizes; at least one.
  func parts<Scalar>(of block: RowBlock, as type: Scalar.Type) -> [RowBlock] {
    let size = max(rows, 1)
    let images = images(of: block)
    let imageBytes = max(size * columns * MemoryLayout<Scalar>.stride, 1)
    let largest = max(Self.partBytes / imageBytes, (Self.leastRows + size - 1) / size, 1)
    let count = max((images.count + largest - 1) / largest, 1)
    return (0..<count).map { part in
      let (first, end) = (images.count * part / count, images.count * (part + 1) / count)
      return RowBlock(
        sample: block.sample, inputRow: block.inputRow + first * size,
        outputRow: block.outputRow + first * size, count: (end - first) * size)
    }
  }
}
