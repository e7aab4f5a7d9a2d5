import Tensors

/// Random crops of padded images and horizontal flips.
///
/// An image is surrounded by zeros, cut out at a random place in its old size, and mirrored with
/// probability ½. The result is a function of images, stream and step alone.
/// PyTorch equivalent: `transforms.RandomCrop(size, padding)` and `transforms.RandomHorizontalFlip()`.
public struct ImageAugmentation: Sendable, Hashable {
  /// Zeros on each side.
  public var padding: Int
  /// Whether images are mirrored.
  public var flips: Bool

  /// An augmentation; the defaults are those for CIFAR-10.
  public init(padding: Int = 4, flips: Bool = true) {
    require(padding >= 0, "a padding of \(padding)")
    self.padding = padding
    self.flips = flips
  }

  /// Augments images B×H×W×C.
  ///
  /// - Parameters:
  ///   - images: the batch.
  ///   - stream: where the numbers come from: per image a row, a column and a coin.
  ///   - step: selects the numbers.
  public func apply<Scalar: TensorScalar>(
    to images: Tensor<Scalar>, _ stream: RandomStream, step: Int
  ) -> Tensor<Scalar> {
    require(images.shape.rank == 4, "augmentation of \(images.shape)")
    let (count, height, width) = (images.shape[0], images.shape[1], images.shape[2])
    let channels = images.shape[3]
    let side = 2 * padding + 1
    let choices = stream.integers(count, below: 2 * side * side, step: step)
    var result = Tensor<Scalar>(zeros: images.shape)
    result.withUnsafeMutableBufferPointer { result in
      images.withUnsafeBufferPointer { images in
        guard let out = result.baseAddress, let x = images.baseAddress else { return }
        for (image, choice) in choices.enumerated() {
          let isMirrored = flips && choice % 2 == 1
          let top = choice / 2 / side - padding
          let left = choice / 2 % side - padding
          let base = image * height * width
          for row in 0..<height where row + top >= 0 && row + top < height {
            for column in 0..<width {
              let source = (isMirrored ? width - 1 - column : column) + left
              guard source >= 0, source < width else { continue }
              (out + (base + row * width + column) * channels).update(
                from: x + (base + (row + top) * width + source) * channels, count: channels)
            }
          }
        }
      }
    }
    return result
  }
}
