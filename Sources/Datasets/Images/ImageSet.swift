import Tensors

/// Labelled images as bytes, with the constants that normalise them.
///
/// One byte per channel and pixel keeps all of MNIST or CIFAR-10 in memory at its size on disk;
/// numbers are made for a batch at a time by ``inputs(_:)``.
public struct ImageSet: Sendable, Hashable {
  /// Extents of an image.
  public struct Extents: Sendable, Hashable {
    /// Channels: 1 for grey, 3 for red, green and blue.
    public let channels: Int
    /// Rows.
    public let height: Int
    /// Columns.
    public let width: Int

    /// Extents, each at least 1.
    public init(channels: Int, height: Int, width: Int) {
      precondition(channels > 0 && height > 0 && width > 0, "image without pixels")
      self.channels = channels
      self.height = height
      self.width = width
    }

    /// Bytes of an image.
    public var count: Int { channels * height * width }
  }

  /// Names of the classes; a label is a position in this list.
  public let classNames: [String]
  /// Extents of each image.
  public let extents: Extents
  /// The images, N×C×H×W in row-major order.
  public let pixels: [UInt8]
  /// The class of each image.
  public let labels: [UInt8]
  /// How ``inputs(_:)`` turns bytes into numbers.
  public var normalization: PixelNormalization

  /// A set from its parts.
  ///
  /// - Precondition: as many images as labels, every label names a class, one normalisation per
  ///   channel.
  public init(
    extents: Extents, classNames: [String], pixels: [UInt8], labels: [UInt8],
    normalization: PixelNormalization
  ) {
    precondition(
      pixels.count == labels.count * extents.count,
      "\(pixels.count) bytes for \(labels.count) images of \(extents.count)")
    precondition(
      labels.allSatisfy { Int($0) < classNames.count }, "a label beyond \(classNames.count) classes"
    )
    precondition(
      normalization.means.count == extents.channels,
      "\(normalization.means.count) means for \(extents.channels) channels")
    self.extents = extents
    self.classNames = classNames
    self.pixels = pixels
    self.labels = labels
    self.normalization = normalization
  }

  /// Number of images.
  public var count: Int { labels.count }

  /// The bytes of one image, C×H×W.
  public subscript(index: Int) -> ArraySlice<UInt8> {
    pixels[index * extents.count..<(index + 1) * extents.count]
  }

  /// Normalised images, in the order asked for, channels last as networks take them.
  ///
  /// Shapes: B indices → B×H×W×C.
  public func inputs(_ indices: some Collection<Int>) -> Tensor<Float> {
    let tables = normalization.tables
    let plane = extents.height * extents.width
    let channels = extents.channels
    var result = Tensor<Float>(
      uninitialized: [indices.count, extents.height, extents.width, channels])
    result.withUnsafeMutableBufferPointer { out in
      pixels.withUnsafeBufferPointer { pixels in
        for (item, index) in indices.enumerated() {
          precondition((0..<count).contains(index), "image \(index) of \(count)")
          for channel in 0..<channels {
            let start = index * extents.count + channel * plane
            tables[channel].withUnsafeBufferPointer { table in
              for pixel in 0..<plane {
                out[(item * plane + pixel) * channels + channel] =
                  table[Int(pixels[start + pixel])]
              }
            }
          }
        }
      }
    }
    return result
  }

  /// The classes of images, in the order asked for.
  public func targets(_ indices: some Collection<Int>) -> [Int] {
    indices.map { Int(labels[$0]) }
  }

  /// The images of the given positions, as a set of their own.
  public func selecting(_ indices: some Collection<Int>) -> ImageSet {
    var selected: [UInt8] = []
    selected.reserveCapacity(indices.count * extents.count)
    for index in indices { selected += self[index] }
    return ImageSet(
      extents: extents, classNames: classNames, pixels: selected,
      labels: indices.map { labels[$0] }, normalization: normalization)
  }
}
