import Tensors

extension Graph {
  /// Joins values along one axis.
  ///
  /// Shapes: …×n₁×…, …×n₂×…, … → …×(n₁ + n₂ + …)×….
  /// Edge cases: parts of extent 0 are allowed; no parts are refused.
  /// Gradient: every part gets its range of dy.
  /// PyTorch equivalent: `torch.cat(parts, dim=axis)`.
  public func concatenate(_ parts: [Value<Scalar>], axis: Int) -> Value<Scalar> {
    guard let first = parts.first else { fatalError("concatenate: no parts") }
    require(
      axis >= 0 && axis < first.shape.rank, "concatenate: axis \(axis) of values \(first.shape)")
    var ranges: [Range<Int>] = []
    var end = 0
    for part in parts {
      require(
        part.shape.rank == first.shape.rank
          && part.shape.replacing(axis: axis, with: first.shape[axis]) == first.shape,
        "concatenate: shapes \(first.shape) and \(part.shape) along axis \(axis)")
      ranges.append(end..<end + part.shape[axis])
      end += part.shape[axis]
    }
    let shape = first.shape.replacing(axis: axis, with: end)
    let layout = AxisLayout(shape, axis: axis, operation: "concatenate")
    var y = Tensor<Scalar>(uninitialized: shape)
    for (part, range) in zip(parts, ranges) {
      AxisPart(layout, range).insert(part.tensor, into: &y)
    }
    let places = parts.map(\.place)
    return record(y, inputs: parts) { dY, pull in
      for (place, range) in zip(places, ranges) where pull.wants(place) {
        pull.add(AxisPart(layout, range).extract(from: dY, as: place.shape), to: place)
      }
    }
  }
}

enum ConcatenateChecks: GradientCheckSource {
  static let operation = "Concatenate"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    let joins: [(shapes: [Shape], axis: Int)] = [
      ([[2, 3], [4, 3]], 0), ([[2, 3], [2, 1], [2, 2]], 1), ([[3]], 0),
      ([[2, 1, 2], [2, 3, 2]], 1), ([[0, 3], [2, 3]], 0), ([[0, 2], [0, 3]], 1),
      ([[1, 1], [1, 0], [1, 1]], 1),
    ]
    return joins.map { shapes, axis in
      OperationSample(
        shapes.map(\.description).joined(separator: ", ") + " axis \(axis)",
        inputs: shapes.map { .init($0) }
      ) { graph, x in graph.concatenate(x, axis: axis) }
    } + [
      OperationSample("reused part", inputs: [.init([2, 2]), .init([2, 1])]) { graph, x in
        graph.concatenate([x[0], x[1], x[0]], axis: 1)
      }
    ]
  }
}
