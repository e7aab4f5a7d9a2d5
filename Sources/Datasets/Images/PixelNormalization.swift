/// How bytes become numbers: (byte / 255 − mean) / standard deviation, per channel.
public struct PixelNormalization: Sendable, Hashable {
  /// Mean of each channel, in 0…1.
  public let means: [Double]
  /// Standard deviation of each channel, in the same unit.
  public let standardDeviations: [Double]

  /// A normalisation from its constants.
  ///
  /// - Precondition: as many means as standard deviations, all of the latter above zero.
  public init(means: [Double], standardDeviations: [Double]) {
    precondition(means.count == standardDeviations.count, "means and deviations differ in number")
    precondition(standardDeviations.allSatisfy { $0 > 0 }, "a standard deviation is not positive")
    self.means = means
    self.standardDeviations = standardDeviations
  }

  /// Bytes divided by 255, nothing else.
  public static func none(channels: Int) -> PixelNormalization {
    PixelNormalization(
      means: Array(repeating: 0, count: channels),
      standardDeviations: Array(repeating: 1, count: channels))
  }

  /// Over the 60,000 training images of MNIST.
  public static let mnist = PixelNormalization(means: [0.13066], standardDeviations: [0.30811])

  /// Over the 60,000 training images of Fashion-MNIST.
  public static let fashionMNIST = PixelNormalization(
    means: [0.28604], standardDeviations: [0.35302])

  /// Over the 50,000 training images of CIFAR-10.
  public static let cifar10 = PixelNormalization(
    means: [0.49139968, 0.48215841, 0.44653091],
    standardDeviations: [0.24703223, 0.24348513, 0.26158784])

  /// The constants in use with residual networks on CIFAR-10; the deviations are means over images.
  public static let cifar10Residual = PixelNormalization(
    means: [0.4914, 0.4822, 0.4465], standardDeviations: [0.2023, 0.1994, 0.2010])

  /// For each channel, the number of each byte.
  var tables: [[Float]] {
    zip(means, standardDeviations).map { mean, deviation in
      (0...255).map { Float((Double($0) / 255 - mean) / deviation) }
    }
  }

  /// The mean and standard deviation over all pixels of images, channel by channel.
  ///
  /// **Edge cases**: a channel without variation gets the standard deviation 1.
  ///
  /// - Parameters:
  ///   - pixels: N×C×H×W bytes, at least one image.
  ///   - extents: Extents of an image.
  public static func measured(
    _ pixels: [UInt8], _ extents: ImageSet.Extents
  ) -> PixelNormalization {
    precondition(!pixels.isEmpty && pixels.count % extents.count == 0, "no whole images")
    let plane = extents.height * extents.width
    // Counts of each byte are exact, whatever the number of pixels.
    var histograms = [[Int]](
      repeating: [Int](repeating: 0, count: 256), count: extents.channels)
    pixels.withUnsafeBufferPointer { pixels in
      for (block, start) in stride(from: 0, to: pixels.count, by: plane).enumerated() {
        histograms[block % extents.channels].withUnsafeMutableBufferPointer { histogram in
          for place in start..<start + plane { histogram[Int(pixels[place])] += 1 }
        }
      }
    }
    let count = Double(pixels.count / extents.channels)
    var (means, deviations): ([Double], [Double]) = ([], [])
    for histogram in histograms {
      let mean = histogram.enumerated().reduce(0.0) { $0 + Double($1.offset * $1.element) } / count
      let squares = histogram.enumerated().reduce(0.0) { sum, entry in
        let distance = Double(entry.offset) - mean
        return sum + Double(entry.element) * distance * distance
      }
      means.append(mean / 255)
      let deviation = (squares / count).squareRoot() / 255
      deviations.append(deviation > 0 ? deviation : 1)
    }
    return PixelNormalization(means: means, standardDeviations: deviations)
  }
}
