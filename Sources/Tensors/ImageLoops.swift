/// The loops of convolutions, pooling and batch normalisation that ``TensorScalar`` has besides its
/// own.
///
/// Images are B×H×W×C: the channels of a pixel are contiguous.
public protocol ImageLoops: BinaryFloatingPoint, Sendable {
  /// Writes the patches under a kernel as rows (im2col): B·H'·W' of length R·R·C in the order of
  /// ``PatchLayout``, from images B×H×W×C.
  static func imageColumns(
    _ patches: PatchLayout, images: Int, _ x: UnsafePointer<Self>,
    _ columns: UnsafeMutablePointer<Self>)
  /// The adjoint: adds every element to the pixel that it came from.
  static func addImageColumns(
    _ patches: PatchLayout, images: Int, _ columns: UnsafePointer<Self>,
    _ x: UnsafeMutablePointer<Self>)

  /// The largest of every 2×2 pixels of images B×H×W×C; a last odd row or column is left out.
  static func maxPool(_ images: Shape, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>)
  /// dX (+)= dY at the first largest pixel of every window, 0 elsewhere.
  static func maxPoolGradient(
    _ images: Shape, _ x: UnsafePointer<Self>, _ dY: UnsafePointer<Self>,
    _ dX: UnsafeMutablePointer<Self>, adds: Bool)

  /// Replaces elements below a bound by 0 and the others by a value: the factors of dropout from
  /// uniform numbers.
  static func threshold(
    _ n: Int, below bound: Self, otherwise value: Self, _ x: UnsafeMutablePointer<Self>)

  /// Mean and variance (over rows, not rows − 1) of every column.
  static func channelMoments(
    _ rows: Int, _ columns: Int, _ x: UnsafePointer<Self>, mean: UnsafeMutablePointer<Self>,
    variance: UnsafeMutablePointer<Self>)
  /// y = z γ + β with z = (x − mean) inverse of every column.
  static func normalizeChannels(
    _ rows: Int, _ columns: Int, _ x: UnsafePointer<Self>, mean: UnsafePointer<Self>,
    inverse: UnsafePointer<Self>, gamma: UnsafePointer<Self>, beta: UnsafePointer<Self>,
    _ y: UnsafeMutablePointer<Self>)
  /// dγ = Σ dy z and dβ = Σ dy over the rows.
  static func channelGradients(
    _ rows: Int, _ columns: Int, _ x: UnsafePointer<Self>, mean: UnsafePointer<Self>,
    inverse: UnsafePointer<Self>, _ dY: UnsafePointer<Self>, dGamma: UnsafeMutablePointer<Self>,
    dBeta: UnsafeMutablePointer<Self>)
  /// dX (+)= scale dy − shift − (x − mean) tilt of every column.
  static func normalizeChannelsGradient(
    _ rows: Int, _ columns: Int, _ x: UnsafePointer<Self>, mean: UnsafePointer<Self>,
    scale: UnsafePointer<Self>, shift: UnsafePointer<Self>, tilt: UnsafePointer<Self>,
    _ dY: UnsafePointer<Self>, _ dX: UnsafeMutablePointer<Self>, adds: Bool)
}
