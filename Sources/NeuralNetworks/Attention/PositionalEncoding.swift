import Foundation
import Tensors

/// Sinusoids that tell positions apart.
///
/// P[t, 2i] = sin(t / 10000^(2i/D)), P[t, 2i+1] = cos(t / 10000^(2i/D))
///
/// Reference: Vaswani et al., Attention is all you need (2017), section 3.5.
public enum PositionalEncoding {
  /// The vectors of positions. Shapes: T positions → T×D.
  public static func vectors<Scalar: TensorScalar>(
    of positions: [Int], width: Int
  ) -> Tensor<Scalar> {
    let frequencies = (0..<(width + 1) / 2).map { i in
      exp(-log(10_000) * Double(2 * i) / Double(width))
    }
    var scalars: [Scalar] = []
    scalars.reserveCapacity(positions.count * width)
    var known: [Int: Int] = [:]  // Where the vector of a position begins.
    for position in positions {
      if let start = known[position] {
        scalars += scalars[start..<start + width]
        continue
      }
      known[position] = scalars.count
      for column in 0..<width {
        let angle = Double(position) * frequencies[column / 2]
        scalars.append(Scalar(column % 2 == 0 ? sin(angle) : cos(angle)))
      }
    }
    return Tensor(scalars, shape: [positions.count, width])
  }
}
