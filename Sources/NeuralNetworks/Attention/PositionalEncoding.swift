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
    // Every position once; a batch has the same ones again and again.
    var table: [Scalar] = []
    var starts: [Int: Int] = [:]
    for position in positions where starts[position] == nil {
      starts[position] = table.count
      for column in 0..<width {
        let angle = Double(position) * frequencies[column / 2]
        table.append(Scalar(column % 2 == 0 ? sin(angle) : cos(angle)))
      }
    }
    var result = Tensor<Scalar>(uninitialized: [positions.count, width])
    result.withUnsafeMutableBufferPointer { out in
      table.withUnsafeBufferPointer { table in
        guard let out = out.baseAddress, let table = table.baseAddress else { return }
        for (row, position) in positions.enumerated() {
          (out + row * width).update(from: table + (starts[position] ?? 0), count: width)
        }
      }
    }
    return result
  }
}
