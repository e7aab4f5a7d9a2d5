import Tensors

/// Procedural images of ten classes, for machines without MNIST or CIFAR-10.
///
/// A class is a shape filled with a texture in a colour; position, size, phase, brightness and noise
/// are random. Classes 0 and 1 share texture and colour, and so do 2 and 3: what a network knows
/// about the texture serves both of a pair. In grey images the colours become shades.
///
/// Results on these images are results on these images: they bear the name `synthetic`.
public struct SyntheticImages: Sendable, Hashable {
  /// Extents of an image.
  public let extents: ImageSet.Extents

  /// Grey images of 28×28, as MNIST has them.
  public static let grey = SyntheticImages(
    extents: ImageSet.Extents(channels: 1, height: 28, width: 28))
  /// Coloured images of 32×32, as CIFAR-10 has them.
  public static let coloured = SyntheticImages(
    extents: ImageSet.Extents(channels: 3, height: 32, width: 32))

  /// Names of the classes in the order of the labels.
  public static let classNames = SyntheticClass.all.map(\.name)

  /// The pairs of classes that share texture and colour.
  public static let sharedTexturePairs = [[0, 1], [2, 3]]

  /// Images of given extents.
  ///
  /// - Precondition: 1 or 3 channels, at least 8 rows and columns.
  public init(extents: ImageSet.Extents) {
    precondition(extents.channels == 1 || extents.channels == 3, "\(extents.channels) channels")
    precondition(min(extents.height, extents.width) >= 8, "images smaller than 8×8")
    self.extents = extents
  }

  /// A set of images: the same number of each class, up to one, in random order.
  ///
  /// The first images of a larger set are those of a smaller one. The normalisation is measured on
  /// the set; give the training set's to the test set.
  ///
  /// - Parameters:
  ///   - count: Number of images, at least 1.
  ///   - random: Where everything random comes from.
  /// - Complexity: about a second for 40,000 images in a release build.
  public func images(_ count: Int, random: RandomStream) -> ImageSet {
    precondition(count > 0, "\(count) images")
    let labels = labels(count, random: random)
    let pixels = [UInt8](unsafeUninitializedCapacity: count * extents.count) { buffer, filled in
      var renderer = SyntheticRenderer(extents)
      for item in 0..<count {
        let image = UnsafeMutableBufferPointer(
          rebasing: buffer[item * extents.count..<(item + 1) * extents.count])
        var draws = RandomDraws(random, item: item)
        let scene = SyntheticScene(SyntheticClass.all[Int(labels[item])], extents, &draws)
        renderer.render(scene, noise: random, item: item, into: image)
      }
      filled = count * extents.count
    }
    return ImageSet(
      extents: extents, classNames: Self.classNames, pixels: pixels, labels: labels,
      normalization: .measured(pixels, extents))
  }

  /// Every class once, in random order, again and again.
  private func labels(_ count: Int, random: RandomStream) -> [UInt8] {
    let classes = SyntheticClass.all.count
    var labels: [UInt8] = []
    labels.reserveCapacity(count + classes)
    for round in 0... {
      guard labels.count < count else { break }
      // Steps of the scenes count up from 0, these down from the top.
      let step = Int(UInt32.max) - 1 - round
      labels += random.permutation(classes, step: step).map { UInt8($0) }
    }
    return Array(labels.prefix(count))
  }
}
