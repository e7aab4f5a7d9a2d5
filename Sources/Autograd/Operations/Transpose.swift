import Tensors

extension Graph {
  /// Reorders the axes: axis i of the result is axis `permutation[i]` of the input.
  ///
  /// Shapes: n₀×n₁×… → n_p(0)×n_p(1)×….
  /// Gradient: dx = dy with the axes put back.
  /// Complexity: one copy.
  /// PyTorch equivalent: `x.permute(permutation)`.
  public func transpose(_ x: Value<Scalar>, _ permutation: [Int]) -> Value<Scalar> {
    require(
      permutation.sorted() == Array(0..<x.shape.rank),
      "transpose: \(permutation) is no order of the axes of a value \(x.shape)")
    var inverse = permutation
    for (axis, source) in permutation.enumerated() { inverse[source] = axis }
    let place = x.place
    return record(x.tensor.permutingAxes(permutation), inputs: [x]) { [inverse] dY, pull in
      pull.add(dY.permutingAxes(inverse), to: place)
    }
  }

  /// Swaps the two axes of a matrix.
  public func transpose(_ x: Value<Scalar>) -> Value<Scalar> {
    require(x.shape.rank == 2, "transpose: a value \(x.shape) is not a matrix")
    return transpose(x, [1, 0])
  }
}

enum TransposeChecks: GradientCheckSource {
  static let operation = "Transpose"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    let orders: [(shape: Shape, permutation: [Int])] = [
      ([2, 3], [1, 0]), ([2, 3, 4], [2, 0, 1]), ([2, 3, 4], [0, 2, 1]), ([3], [0]), ([], []),
      ([1, 4], [1, 0]), ([2, 1, 3, 2], [3, 1, 0, 2]), ([0, 3], [1, 0]), ([2, 2], [0, 1]),
    ]
    return orders.map { shape, permutation in
      OperationSample("\(shape) by \(permutation)", inputs: [.init(shape)]) { graph, x in
        graph.transpose(x[0], permutation)
      }
    } + [
      OperationSample("reused input", inputs: [.init([3, 3])]) { graph, x in
        graph.multiply(graph.transpose(x[0]), x[0])
      }
    ]
  }
}
