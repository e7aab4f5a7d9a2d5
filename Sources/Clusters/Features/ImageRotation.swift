import Foundation
import Tensors

/// Turns square images around their centre, and cuts the middle out.
///
/// Every pixel is bilinear between four of the image, those outside being 0.
///
/// Shapes: B×S×S×C → B×H×W×C.
struct ImageRotation<Scalar: TensorScalar>: ImageMap {
  /// Rows and columns of what is turned.
  private let source: (rows: Int, columns: Int)
  /// Rows, columns and channels of what is cut out.
  private let image: Shape
  /// Of every pixel the four that it lies between, −1 for those outside, and their shares.
  private let places: [Int]
  private let shares: [Scalar]

  /// A rotation.
  ///
  /// - Parameters:
  ///   - source: rows and columns of the images.
  ///   - degrees: by how much.
  ///   - visible: rows and columns of the turned image beyond which the result is 0.
  ///   - offset: the place in the turned image of the first pixel of the result.
  ///   - image: H×W×C.
  init(
    of source: (rows: Int, columns: Int), by degrees: Double,
    visible: (rows: Range<Int>, columns: Range<Int>), offset: (row: Int, column: Int),
    to image: Shape
  ) {
    self.source = source
    self.image = image
    let angle = degrees * Double.pi / 180
    let center = (Double(source.rows - 1) / 2, Double(source.columns - 1) / 2)
    var places: [Int] = []
    var shares: [Scalar] = []
    for row in 0..<image[0] {
      for column in 0..<image[1] {
        let y = Double(row + offset.row) - center.0
        let x = Double(column + offset.column) - center.1
        let place = (
          center.0 + cos(angle) * y + sin(angle) * x, center.1 + cos(angle) * x - sin(angle) * y
        )
        let isVisible =
          visible.rows.contains(row + offset.row)
          && visible.columns.contains(column + offset.column)
        let (top, left) = (place.0.rounded(.down), place.1.rounded(.down))
        for (dy, dx) in [(0.0, 0.0), (0, 1), (1, 0), (1, 1)] {
          let (y, x) = (Int(top + dy), Int(left + dx))
          let isInside =
            isVisible && y >= 0 && y < source.rows && x >= 0 && x < source.columns
          places.append(isInside ? y * source.columns + x : -1)
          shares.append(
            Scalar((1 - abs(place.0 - top - dy)) * (1 - abs(place.1 - left - dx))))
        }
      }
    }
    self.places = places
    self.shares = shares
  }

  func images(of x: Tensor<Scalar>) -> Tensor<Scalar> {
    let count = x.shape[0]
    var result = Tensor<Scalar>(zeros: image.prepending(count))
    result.withUnsafeMutableBufferPointer { y in
      x.withUnsafeBufferPointer { x in
        forEachShare(of: count) { y[$1] += $2 * x[$0] }
      }
    }
    return result
  }

  func gradient(of dY: Tensor<Scalar>) -> Tensor<Scalar> {
    let count = dY.shape[0]
    var result = Tensor<Scalar>(zeros: [count, source.rows, source.columns, image[2]])
    result.withUnsafeMutableBufferPointer { dX in
      dY.withUnsafeBufferPointer { dY in
        forEachShare(of: count) { dX[$0] += $2 * dY[$1] }
      }
    }
    return result
  }

  /// Visits what every number of the results has of every number of the images: the places of both, and
  /// the share.
  @inline(__always)
  private func forEachShare(
    of count: Int, _ visit: (_ from: Int, _ to: Int, _ share: Scalar) -> Void
  ) {
    let channels = image[2]
    let (from, to) = (source.rows * source.columns * channels, image.count)
    for index in 0..<count {
      for (corner, place) in places.enumerated() where place >= 0 {
        let (target, start) = (
          index * to + corner / 4 * channels, index * from + place * channels
        )
        for channel in 0..<channels {
          visit(start + channel, target + channel, shares[corner])
        }
      }
    }
  }
}
