import Foundation
import Tensors

/// Images from spectra: the inverse transform of real images, as two small matrix products.
///
/// x = irfft2(s ⊙ z) / 4 with s = √(WH) / max(f, 1 / max(W, H)), f the frequency in cycles per pixel:
/// all frequencies are as strong as they are in natural images. The channels of images with three are
/// then mixed by the square root of the covariance of natural colours, divided by the largest norm of
/// a column of it. Images of an odd width are cut from such that are a column wider.
///
/// Shapes: z B×H×F×2×C, with real and imaginary parts, F = ⌊W/2⌋ + 1, for an odd W one more
/// → B×H×W×C.
/// Complexity: B·H·(2F·C)·(2W·C) and B·H·2H·(W·C) products.
/// Source: Lucid, `fft_image` of `optvis/param/spatial.py`, `to_valid_rgb` of `optvis/param/color.py`.
package struct FourierImages<Scalar: TensorScalar>: ImageMap {
  /// H×W×C.
  package let image: Shape
  /// F.
  private let frequencies: Int
  /// s of every number of a spectrum.
  private let scale: Tensor<Scalar>
  /// From the frequencies along a row to its pixels, and from mixed to own channels: 2F·C × 2W·C.
  private let columns: Tensor<Scalar>
  /// From the frequencies along a column to its pixels: H × 2H.
  private let rows: Tensor<Scalar>

  /// A map to images H×W×C.
  package init(_ image: Shape) {
    require(image.rank == 3 && image.count > 0, "a spectrum of images \(image)")
    self.image = image
    let (height, width, channels) = (image[0], image[1], image[2])
    frequencies = width / 2 + (width.isMultiple(of: 2) ? 1 : 2)
    scale = Self.scale(height, width, channels, frequencies)
    columns = Self.columns(width, channels, frequencies)
    rows = Self.rows(height)
  }

  /// The shape of a spectrum: H×F×2×C.
  package var spectrum: Shape { [image[0], frequencies, 2, image[2]] }

  /// The images of spectra.
  package func images(of z: Tensor<Scalar>) -> Tensor<Scalar> {
    let count = z.shape[0]
    var spectra = z
    spectra.combineEach(with: scale) { n, z, scale in Scalar.multiply(n, Scalar.In(z), scale, z) }
    let lines = spectra.reshaped(to: [count * image[0], columns.shape[0]]).matrixProduct(columns)
    return lines.reshaped(to: [count, image[0] * columns.shape[1]])
      .multipliedEach(by: rows, transposed: false, columns: image[1] * image[2])
      .reshaped(to: image.prepending(count))
  }

  /// The gradient of spectra from that of their images.
  package func gradient(of dY: Tensor<Scalar>) -> Tensor<Scalar> {
    let count = dY.shape[0]
    let lines = dY.multipliedEach(by: rows, transposed: true, columns: image[1] * image[2])
    var spectra = Tensor<Scalar>(uninitialized: [count * image[0], columns.shape[0]])
    Tensor.matrixProduct(
      lines.reshaped(to: [count * image[0], columns.shape[1]]), transposed: false, columns,
      transposed: true, into: &spectra)
    spectra = spectra.reshaped(to: spectrum.prepending(count))
    spectra.combineEach(with: scale) { n, z, scale in Scalar.multiply(n, Scalar.In(z), scale, z) }
    return spectra
  }

  // MARK: - Matrices

  private static func scale(
    _ height: Int, _ width: Int, _ channels: Int, _ frequencies: Int
  ) -> Tensor<Scalar> {
    func frequency(_ index: Int, of count: Int) -> Double {
      Double(2 * index < count ? index : index - count) / Double(count)
    }
    let least = 1 / Double(max(height, width))
    let strength = (Double(width) * Double(height)).squareRoot()
    let values = (0..<height).flatMap { row in
      (0..<frequencies).flatMap { column in
        let (y, x) = (frequency(row, of: height), frequency(column, of: width))
        let scale = Scalar(strength / max((x * x + y * y).squareRoot(), least))
        return [Scalar](repeating: scale, count: 2 * channels)
      }
    }
    return Tensor(values, shape: [height, frequencies, 2, channels])
  }

  private static func columns(
    _ width: Int, _ channels: Int, _ frequencies: Int
  ) -> Tensor<Scalar> {
    let period = 2 * (frequencies - 1)
    let mixing = colorMixing(channels)
    var result = Tensor<Scalar>(zeros: [2 * frequencies * channels, 2 * width * channels])
    for frequency in 0..<frequencies {
      // Others stand for themselves and for their conjugates.
      let weight = (frequency == 0 || 2 * frequency == period ? 1 : 2) / Double(period)
      for column in 0..<width {
        let angle = 2 * Double.pi * Double(frequency * column % period) / Double(period)
        let (real, imaginary) = (weight * cos(angle), weight * sin(angle))
        let turned = [[real, imaginary], [-imaginary, real]]
        for (from, parts) in turned.enumerated() {
          for (to, factor) in parts.enumerated() {
            for channel in 0..<channels {
              for other in 0..<channels {
                result[
                  (2 * frequency + from) * channels + channel,
                  (to * width + column) * channels + other] = Scalar(
                    factor * mixing[channel][other])
              }
            }
          }
        }
      }
    }
    return result
  }

  private static func rows(_ height: Int) -> Tensor<Scalar> {
    var result = Tensor<Scalar>(uninitialized: [height, 2 * height])
    for row in 0..<height {
      for frequency in 0..<height {
        let angle = 2 * Double.pi * Double(row * frequency % height) / Double(height)
        result[row, 2 * frequency] = Scalar(cos(angle) / Double(height) / 4)
        result[row, 2 * frequency + 1] = Scalar(-sin(angle) / Double(height) / 4)
      }
    }
    return result
  }

  /// What each mixed channel gives to each own one: the identity except for three channels.
  private static func colorMixing(_ channels: Int) -> [[Double]] {
    guard channels == 3 else {
      return (0..<channels).map { row in (0..<channels).map { $0 == row ? 1 : 0 } }
    }
    let root = [[0.26, 0.09, 0.02], [0.27, 0, -0.05], [0.27, -0.09, 0.03]]
    let norms = (0..<3).map { column in
      root.reduce(0) { $0 + $1[column] * $1[column] }.squareRoot()
    }
    let largest = norms.max() ?? 1
    return (0..<3).map { mixed in (0..<3).map { own in root[own][mixed] / largest } }
  }
}
