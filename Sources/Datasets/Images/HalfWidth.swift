import Foundation

/// Images at half their width: a Gaussian blur along the rows, then the mean of two neighbours.
///
/// σ = 0.5 pixels, five taps, the image mirrored about its edge pixels. Equal to scikit-image's
/// `resize(order=1, anti_aliasing=True)` to the half width.
enum HalfWidth {
  /// Weights of the pixels at distances −2…2, in sum 1.
  private static let taps: [Double] = {
    let weights = (-2...2).map { exp(-Double($0 * $0) / (2 * 0.5 * 0.5)) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }()

  /// Rows of numbers at half their width.
  ///
  /// Shapes: H×W by rows → H×W/2.
  ///
  /// - Precondition: whole rows of an even width of at least 4.
  static func resized(_ pixels: [Double], width: Int) -> [Double] {
    precondition(
      width >= 4 && width.isMultiple(of: 2) && pixels.count.isMultiple(of: width),
      "\(pixels.count) pixels in rows of \(width)")
    var result: [Double] = []
    result.reserveCapacity(pixels.count / 2)
    for start in stride(from: 0, to: pixels.count, by: width) {
      func blurred(_ column: Int) -> Double {
        var sum = 0.0
        for tap in 0..<5 {
          var source = abs(column + tap - 2)
          if source >= width { source = 2 * (width - 1) - source }
          sum += taps[tap] * pixels[start + source]
        }
        return sum
      }
      for column in stride(from: 0, to: width, by: 2) {
        result.append((blurred(column) + blurred(column + 1)) / 2)
      }
    }
    return result
  }
}

extension ImageSet {
  /// The bytes of all images at half their width, N×C×H×W/2, scaled so that the brightest of all has
  /// 255.
  func pixelsOfHalfWidth() -> [UInt8] {
    func half(_ index: Int) -> [Double] {
      HalfWidth.resized(self[index].map(Double.init), width: extents.width)
    }
    // Twice, since the numbers of a whole set take eight times the memory of its bytes.
    let brightest = (0..<count).reduce(0.0) { max($0, half($1).max() ?? 0) }
    guard brightest > 0 else { return [UInt8](repeating: 0, count: pixels.count / 2) }
    return (0..<count).flatMap { index in
      half(index).map { UInt8(($0 * 255 / brightest).rounded(.toNearestOrEven)) }
    }
  }
}
