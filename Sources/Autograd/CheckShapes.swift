import Tensors

/// Shapes for gradient checks of operations that take any shape.
enum CheckShapes {
  /// The fixed edge cases (a scalar, extents 1 and 0) and three random shapes that differ from
  /// operation to operation but not from run to run.
  static func elementwise(_ operation: String) -> [Shape] {
    let stream = RandomSource(seed: 1).stream("gradient-check/shapes/\(operation)")
    let random = (1...3).map { rank in
      // The leading extent tells the shapes from the fixed ones.
      Shape([6 + rank] + stream.integers(rank - 1, below: 4, step: rank).map { $0 + 1 })
    }
    return [[], [1], [2, 3], [1, 4, 1], [0], [3, 0, 2]] + random
  }
}
