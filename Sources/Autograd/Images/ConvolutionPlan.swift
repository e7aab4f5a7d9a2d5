import Tensors

/// How a batch of images is cut into slices, one per weight sample, and these into parts whose packed
/// patches stay in the second-level cache.
///
/// The patches of a batch may be hundreds of megabytes; they are packed for a few images, multiplied
/// while they are in the cache, and packed again for the backward pass.
struct ConvolutionPlan {
  /// Some images that one weight sample serves.
  struct Part {
    let sample: Int
    let images: Range<Int>
  }

  /// All images of every sample.
  let slices: [Part]
  /// The slices in parts, in order.
  let parts: [Part]

  /// Bytes that the patches of a part may take.
  private static let scratchBytes = 512 << 10
  /// Patches of a part, where there are so many: as many rows share one packing of the weight.
  private static let leastRows = 256

  init<Scalar: TensorScalar>(batch: Int, _ matrix: PatchMatrix<Scalar>) {
    let samples = matrix.samples
    precondition(
      batch.isMultiple(of: samples),
      "convolution: a batch of \(batch) cannot be cut into \(samples) equal slices")
    let patches = matrix.patches
    let rows = max(patches.rows, 1)
    let imageBytes = max(rows * patches.columns * MemoryLayout<Scalar>.stride, 1)
    let largest = max(
      Self.scratchBytes / imageBytes, (Self.leastRows + rows - 1) / rows, 1)
    let size = batch / samples
    slices = (0..<samples).map { Part(sample: $0, images: $0 * size..<($0 + 1) * size) }
    // Parts of nearly equal sizes, at least one: an empty batch has a gradient too, 0.
    let count = max((size + largest - 1) / largest, 1)
    parts = slices.flatMap { slice in
      (0..<count).map { part in
        let start = slice.images.lowerBound
        return Part(
          sample: slice.sample,
          images: start + size * part / count..<start + size * (part + 1) / count)
      }
    }
  }

  /// Whether a part is the first of its slice.
  func isFirst(_ part: Part) -> Bool {
    part.images.lowerBound == slices[part.sample].images.lowerBound
  }
}
