import Tensors

/// How a batch of images is cut into parts whose patches stay in the second-level cache.
///
/// The patches of a batch may be hundreds of megabytes; they are made for a few images, multiplied
/// while they are in the cache, and made again for the backward pass.
struct ConvolutionPlan {
  /// Some images that one weight sample serves.
  struct Part {
    let sample: Int
    let images: Range<Int>
  }

  let patches: PatchLayout
  let parts: [Part]

  /// Bytes that the patches of a part may take.
  private static let scratchBytes = 512 << 10
  /// Patches of a part, where there are so many: as many rows share one masking of a weight.
  private static let leastRows = 128

  init<Scalar: TensorScalar>(
    images: Shape, _ geometry: ConvolutionGeometry, samples: Int, _: Scalar.Type
  ) {
    precondition(
      images[0] % samples == 0,
      "convolution: a batch of \(images[0]) cannot be cut into \(samples) equal slices")
    patches = PatchLayout(images: images, geometry)
    let rows = max(patches.rows, 1)
    let imageBytes = max(rows * patches.columns * MemoryLayout<Scalar>.stride, 1)
    let largest = max(
      Self.scratchBytes / imageBytes, (Self.leastRows + rows - 1) / rows, 1)
    let slice = images[0] / samples
    // Parts of nearly equal sizes.
    let count = (slice + largest - 1) / largest
    parts = (0..<samples).flatMap { sample in
      (0..<count).map { part in
        Part(
          sample: sample,
          images: sample * slice + slice * part / count..<sample * slice + slice * (part + 1)
            / count
        )
      }
    }
  }

  /// Room for the patches of any part.
  func makeColumns<Scalar: TensorScalar>() -> Tensor<Scalar> {
    let images = parts.reduce(0) { max($0, $1.images.count) }
    return Tensor(uninitialized: [images * patches.rows, patches.columns])
  }

  /// The rows of a part: from the first one of the columns to those of the outputs of all images.
  func block(_ part: Part) -> RowBlock {
    RowBlock(
      sample: part.sample, inputRow: 0, outputRow: part.images.lowerBound * patches.rows,
      count: part.images.count * patches.rows)
  }

  /// Writes the patches of a part.
  func write<Scalar>(
    _ part: Part, of x: Tensor<Scalar>, to columns: inout Tensor<Scalar>,
    order: PatchOrder = .channelsFirst
  ) {
    x.read { x in
      columns.write { columns in
        Scalar.imageColumns(
          patches, images: part.images.count, order,
          x + part.images.lowerBound * patches.pixels, columns)
      }
    }
  }

  /// Adds the gradient of the patches of a part to that of the images.
  func add<Scalar>(_ columns: Tensor<Scalar>, of part: Part, to dX: inout Tensor<Scalar>) {
    columns.read { columns in
      dX.write { dX in
        Scalar.addImageColumns(
          patches, images: part.images.count, columns,
          dX + part.images.lowerBound * patches.pixels)
      }
    }
  }
}
