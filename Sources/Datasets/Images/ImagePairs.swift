import Tensors

/// Images that are made of two images of a set.
///
/// Reference: Hod, Filan, Casper, Critch, Russell: Quantifying local specialization in deep neural
/// networks, 2021, section 3.1.1 and appendix A.3.
public struct ImagePairs: Sendable, Hashable {
  /// Which images make a pair, and how many pairs there are.
  public enum Choice: Sendable, Hashable {
    /// Every image of the set, first, and a random one of its class, second; the pair has this class.
    case sameClass
    /// Two random images; the class is the sum of theirs modulo the number of classes. As many pairs
    /// as images.
    case anyClass
  }

  /// How two images become one.
  public enum Arrangement: Sendable, Hashable {
    /// Side by side, each at half its width.
    case halves
    /// One behind the other, as channels.
    case channels
  }

  /// Which images make a pair.
  public let choice: Choice
  /// How they become one image.
  public let arrangement: Arrangement

  /// A way of pairing.
  public init(_ choice: Choice, _ arrangement: Arrangement) {
    self.choice = choice
    self.arrangement = arrangement
  }

  /// The pairs of a set, with unnormalised pixels.
  ///
  /// The second images of ``Choice/sameClass`` are drawn from the first m images of their class, m
  /// being the number of images of the rarest class in the set.
  ///
  /// - Parameters:
  ///   - images: grey ones, of an even width for ``Arrangement/halves``.
  ///   - random: where the pairs come from.
  /// - Precondition: the set has images of every class.
  public func pairs(of images: ImageSet, random: RandomStream) -> ImageSet {
    precondition(images.extents.channels == 1, "pairs of images in colour")
    let pairs = choose(images, random)
    let labels = pairs.map { first, second -> UInt8 in
      switch choice {
      case .sameClass: images.labels[first]
      case .anyClass:
        UInt8(
          (Int(images.labels[first]) + Int(images.labels[second])) % images.classNames.count)
      }
    }
    let (height, width) = (images.extents.height, images.extents.width)
    let extents = ImageSet.Extents(
      channels: arrangement == .channels ? 2 : 1, height: height, width: width)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(pairs.count * extents.count)
    switch arrangement {
    case .channels:
      for (first, second) in pairs { pixels += images[first] + images[second] }
    case .halves:
      let halves = images.pixelsOfHalfWidth()
      let half = width / 2
      for (first, second) in pairs {
        for row in 0..<height {
          for image in [first, second] {
            let start = (image * height + row) * half
            pixels += halves[start..<start + half]
          }
        }
      }
    }
    return ImageSet(
      extents: extents,
      classNames: choice == .sameClass
        ? images.classNames : images.classNames.indices.map(String.init),
      pixels: pixels, labels: labels, normalization: .none(channels: extents.channels))
  }

  private func choose(_ images: ImageSet, _ random: RandomStream) -> [(Int, Int)] {
    let count = images.count
    switch choice {
    case .anyClass:
      let draws = random.integers(2 * count, below: count)
      return (0..<count).map { (draws[2 * $0], draws[2 * $0 + 1]) }
    case .sameClass:
      var members = [[Int]](repeating: [], count: images.classNames.count)
      for (index, label) in images.labels.enumerated() { members[Int(label)].append(index) }
      let rarest = members.map(\.count).min() ?? 0
      precondition(rarest > 0, "a class without images")
      let draws = random.integers(count, below: rarest)
      return (0..<count).map { ($0, members[Int(images.labels[$0])][draws[$0]]) }
    }
  }
}

extension ImageSet {
  /// Grey images in three equal channels.
  public func inThreeChannels() -> ImageSet {
    precondition(extents.channels == 1, "\(extents.channels) channels are not one")
    var copies: [UInt8] = []
    copies.reserveCapacity(3 * pixels.count)
    for index in 0..<count { copies += self[index] + self[index] + self[index] }
    return ImageSet(
      extents: Extents(channels: 3, height: extents.height, width: extents.width),
      classNames: classNames, pixels: copies, labels: labels,
      normalization: PixelNormalization(
        means: [Double](repeating: normalization.means[0], count: 3),
        standardDeviations: [Double](repeating: normalization.standardDeviations[0], count: 3)))
  }

  /// Normalised images as vectors: channels, rows, columns, as PyTorch flattens images.
  ///
  /// Shapes: B indices → B×(C·H·W).
  public func vectors(_ indices: some Collection<Int>) -> Tensor<Float> {
    let tables = normalization.tables
    let plane = extents.height * extents.width
    var result = Tensor<Float>(uninitialized: [indices.count, extents.count])
    result.withUnsafeMutableBufferPointer { out in
      pixels.withUnsafeBufferPointer { pixels in
        for (item, index) in indices.enumerated() {
          precondition((0..<count).contains(index), "image \(index) of \(count)")
          for channel in 0..<extents.channels {
            tables[channel].withUnsafeBufferPointer { table in
              for place in channel * plane..<(channel + 1) * plane {
                out[item * extents.count + place] =
                  table[Int(pixels[index * extents.count + place])]
              }
            }
          }
        }
      }
    }
    return result
  }
}
