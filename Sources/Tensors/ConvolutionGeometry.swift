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
