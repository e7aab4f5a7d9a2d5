import Tensors

/// How the map of a channel becomes one number for an image.
public enum MapNorm: String, Sendable, Hashable, CaseIterable {
  /// Σ |x|, as the paper says.
  case sum
  /// max over columns of the sum over rows of |x|: the norm of order 1 of the map as a matrix.
  case column
  /// The largest singular value of the map as a matrix.
  case spectral

  /// One number for every image and channel; of a matrix, the matrix itself.
  ///
  /// Shapes: B×H×W×K → B×K, B×K → B×K.
  public func values(of outputs: Tensor<Float>) -> Tensor<Float> {
    guard outputs.shape.rank == 4 else { return outputs }
    let (images, height, width, channels) = (
      outputs.shape[0], outputs.shape[1], outputs.shape[2], outputs.shape[3]
    )
    var result = [Float](repeating: 0, count: images * channels)
    var map = [Double](repeating: 0, count: height * width)
    outputs.withUnsafeBufferPointer { outputs in
      for image in 0..<images {
        for channel in 0..<channels {
          let start = image * height * width * channels + channel
          for place in 0..<(height * width) {
            map[place] = Double(outputs[start + place * channels])
          }
          result[image * channels + channel] = Float(value(map, width: width))
        }
      }
    }
    return Tensor(result, shape: [images, channels])
  }

  /// The norm of a map, by rows.
  func value(_ map: [Double], width: Int) -> Double {
    switch self {
    case .sum: map.reduce(0) { $0 + abs($1) }
    case .column:
      (0..<width).map { column in
        stride(from: column, to: map.count, by: width).reduce(0) { $0 + abs(map[$1]) }
      }.max() ?? 0
    case .spectral: Self.largestSingularValue(map, width: width)
    }
  }

  /// The square root of the largest eigenvalue of MᵀM.
  private static func largestSingularValue(_ map: [Double], width: Int) -> Double {
    guard map.contains(where: { $0 != 0 }) else { return 0 }
    var gram = [Double](repeating: 0, count: width * width)
    for row in stride(from: 0, to: map.count, by: width) {
      for i in 0..<width where map[row + i] != 0 {
        for j in 0..<width { gram[i * width + j] += map[row + i] * map[row + j] }
      }
    }
    return SymmetricEigenproblem.all(of: gram, order: width).values[0].squareRoot()
  }
}
