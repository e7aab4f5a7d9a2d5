import CKernels

/// The C kernels of convolutions, pooling and batch normalisation.
// The functions are documented in ImageLoops.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension Float {
  private static var kernels: UnsafePointer<ml_kernels> { KernelTable.active }

  public static func imageColumns(
    _ patches: PatchLayout, images: Int, _ x: In, _ columns: Out
  ) {
    var layout = patches.kernelLayout
    kernels.pointee.image_columns(&layout, images, x, columns)
  }
  public static func addImageColumns(
    _ patches: PatchLayout, images: Int, _ columns: In, _ x: Out
  ) {
    var layout = patches.kernelLayout
    kernels.pointee.add_image_columns(&layout, images, columns, x)
  }

  public static func maxPool(_ images: Shape, _ x: In, _ y: Out) {
    kernels.pointee.max_pool(images[0], images[1], images[2], images[3], x, y)
  }
  public static func maxPoolGradient(
    _ images: Shape, _ x: In, _ dY: In, _ dX: Out, adds: Bool
  ) {
    kernels.pointee.max_pool_gradient(
      images[0], images[1], images[2], images[3], x, dY, dX, adds ? 1 : 0)
  }

  public static func threshold(_ n: Int, below bound: Float, otherwise value: Float, _ x: Out) {
    kernels.pointee.threshold(n, bound, value, x)
  }

  public static func channelMoments(
    _ rows: Int, _ columns: Int, _ x: In, mean: Out, variance: Out
  ) {
    kernels.pointee.channel_moments(rows, columns, x, mean, variance)
  }
  public static func normalizeChannels(
    _ rows: Int, _ columns: Int, _ x: In, mean: In, inverse: In, gamma: In, beta: In, _ y: Out
  ) {
    kernels.pointee.normalize_channels(rows, columns, x, mean, inverse, gamma, beta, y)
  }
  public static func channelGradients(
    _ rows: Int, _ columns: Int, _ x: In, mean: In, inverse: In, _ dY: In, dGamma: Out, dBeta: Out
  ) {
    kernels.pointee.channel_gradients(rows, columns, x, mean, inverse, dY, dGamma, dBeta)
  }
  public static func normalizeChannelsGradient(
    _ rows: Int, _ columns: Int, _ x: In, mean: In, scale: In, shift: In, tilt: In, _ dY: In,
    _ dX: Out, adds: Bool
  ) {
    kernels.pointee.normalize_channels_gradient(
      rows, columns, x, mean, scale, shift, tilt, dY, dX, adds ? 1 : 0)
  }
}

extension PatchLayout {
  var kernelLayout: ml_patches {
    ml_patches(
      height: height, width: width, channels: channels, kernel: geometry.kernel,
      stride: geometry.stride, padding: geometry.padding, out_height: outHeight,
      out_width: outWidth)
  }
}
