/// How the elements of a weight are ordered for products: as rows of K outputs, each as long as a row of
/// inputs.
///
/// A matrix lies in this order already. The rows of a kernel K×C×R×R, as PyTorch has it, are brought
/// into the order of ``PatchLayout``: kernel row, kernel column, channel.
struct WeightLayout: Hashable, Sendable {
  /// The shape of the weight, with S first when there are samples.
  let shape: Shape
  /// S, or 1.
  let samples: Int
  /// K.
  let outputs: Int
  /// C.
  let channels: Int
  /// R·R; 1 for a matrix.
  let taps: Int

  /// The layout of a weight K×C, S×K×C, K×C×R×R or S×K×C×R×R.
  init(_ shape: Shape) {
    let hasSamples = shape.rank == 3 || shape.rank == 5
    let isKernel = shape.rank >= 4
    require(
      (2...5).contains(shape.rank) && (!hasSamples || shape[0] > 0)
        && (!isKernel || shape[shape.rank - 1] == shape[shape.rank - 2]),
      "products with a weight \(shape)")
    self.shape = shape
    samples = hasSamples ? shape[0] : 1
    outputs = shape[hasSamples ? 1 : 0]
    channels = shape[hasSamples ? 2 : 1]
    taps = isKernel ? shape[shape.rank - 1] * shape[shape.rank - 2] : 1
  }

  /// The length of a row.
  var inputs: Int { channels * taps }

  /// Whether the order of products differs from that of the weight.
  var isPermuted: Bool { taps > 1 && channels > 1 && outputs > 0 }

  /// The weight, or something of its shape, in the order of products.
  func ordered<Scalar>(_ weight: Tensor<Scalar>) -> Tensor<Scalar> {
    isPermuted ? weight.transposingEach(rows: channels, columns: taps) : weight
  }

  /// What lies in the order of products, in that of the weight.
  func restored<Scalar>(_ ordered: Tensor<Scalar>) -> Tensor<Scalar> {
    isPermuted ? ordered.transposingEach(rows: taps, columns: channels) : ordered
  }

  /// The place in a row of the weight of every column of products; nil when it is the same.
  var columnNumbers: [UInt32]? {
    guard isPermuted else { return nil }
    return (0..<taps).flatMap { tap in
      (0..<channels).map { UInt32($0 * taps + tap) }
    }
  }
}
