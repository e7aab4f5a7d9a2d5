import Foundation
import Tensors

/// Random rotations, shifts and horizontal flips.
///
/// Every image is turned around its centre, shifted and perhaps mirrored; a pixel is bilinear between
/// four of the image, and what would lie outside is the nearest pixel of the border. What is done to an
/// image is a function of stream, step and its number in the batch alone.
/// Reference: Hod, Filan, Casper, Critch, Russell: Quantifying local specialization in deep neural
/// networks, 2021, appendix A.2.
public struct ImageDistortion: Sendable, Hashable {
  /// Images are turned by up to so many degrees in each direction.
  public var degrees = 15.0
  /// They are shifted by up to this share of their rows and columns in each direction.
  public var shift = 0.1
  /// Whether they are mirrored, with probability ½.
  public var flips = true

  /// That of the paper for CIFAR-10.
  public init() {}

  /// What is done to one image.
  package struct Motion: Sendable {
    /// Counter-clockwise.
    package var degrees = 0.0
    /// Rows down and columns to the right.
    package var shift = (rows: 0.0, columns: 0.0)
    package var isMirrored = false

    package init() {}
  }

  /// Distorts images B×H×W×C.
  ///
  /// - Parameters:
  ///   - images: the batch, or a part of it.
  ///   - stream: where the numbers come from, four for each image.
  ///   - step: selects the numbers.
  ///   - firstNumber: number of the first image in the batch.
  public func apply<Scalar: TensorScalar>(
    to images: Tensor<Scalar>, _ stream: RandomStream, step: Int, firstNumber: Int = 0
  ) -> Tensor<Scalar> {
    require(images.shape.rank == 4, "distortion of \(images.shape)")
    let noise = stream.at(step: step)
    let motions = (0..<images.shape[0]).map { image in
      motion(
        noise.block(index: UInt64(firstNumber + image)), rows: images.shape[1],
        columns: images.shape[2])
    }
    return Self.apply(motions, to: images)
  }

  private func motion(_ words: SIMD4<UInt32>, rows: Int, columns: Int) -> Motion {
    /// −1…1.
    func number(_ place: Int) -> Double { Double(words[place]) / 0x1p31 - 1 }
    var motion = Motion()
    motion.degrees = number(0) * degrees
    motion.shift = (number(1) * shift * Double(rows), number(2) * shift * Double(columns))
    motion.isMirrored = flips && words[3] & 1 == 1
    return motion
  }

  /// Moves images, each by its own motion.
  package static func apply<Scalar: TensorScalar>(
    _ motions: [Motion], to images: Tensor<Scalar>
  ) -> Tensor<Scalar> {
    let (height, width, channels) = (images.shape[1], images.shape[2], images.shape[3])
    require(motions.count == images.shape[0], "\(motions.count) motions of \(images.shape)")
    var result = Tensor<Scalar>(uninitialized: images.shape)
    result.withUnsafeMutableBufferPointer { result in
      images.withUnsafeBufferPointer { images in
        for (image, motion) in motions.enumerated() {
          let base = image * height * width
          for row in 0..<height {
            for column in 0..<width {
              let place = source(of: (row, column), motion, height, width)
              for channel in 0..<channels {
                let value = place.reduce(0.0) { sum, part in
                  sum + part.share * Double(images[(base + part.pixel) * channels + channel])
                }
                result[(base + row * width + column) * channels + channel] = Scalar(value)
              }
            }
          }
        }
      }
    }
    return result
  }

  /// The pixels of an image that a pixel of the moved one lies between, and their shares.
  private static func source(
    of pixel: (row: Int, column: Int), _ motion: Motion, _ height: Int, _ width: Int
  ) -> [(pixel: Int, share: Double)] {
    let angle = motion.degrees * .pi / 180
    let center = (Double(height - 1) / 2, Double(width - 1) / 2)
    let y = Double(pixel.row) - center.0 - motion.shift.rows
    let x = Double(pixel.column) - center.1 - motion.shift.columns
    let turned = (
      center.0 + cos(angle) * y + sin(angle) * x, center.1 + cos(angle) * x - sin(angle) * y
    )
    let row = min(max(turned.0, 0), Double(height - 1))
    let column = min(
      max(motion.isMirrored ? Double(width - 1) - turned.1 : turned.1, 0), Double(width - 1))
    let (top, left) = (Int(row), Int(column))
    let (bottom, right) = (min(top + 1, height - 1), min(left + 1, width - 1))
    let (down, aside) = (row - Double(top), column - Double(left))
    return [
      (top * width + left, (1 - down) * (1 - aside)), (top * width + right, (1 - down) * aside),
      (bottom * width + left, down * (1 - aside)), (bottom * width + right, down * aside),
    ]
  }
}
