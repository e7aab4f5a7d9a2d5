import Tensors

extension Graph {
  /// The same elements in another shape.
  ///
  /// Shapes: any → the given one, with equally many elements.
  /// Gradient: dx = dy in the shape of x.
  /// Complexity: O(1), no copy.
  /// PyTorch equivalent: `x.reshape(shape)`.
  public func reshape(_ x: Value<Scalar>, to shape: Shape) -> Value<Scalar> {
    require(
      x.shape.count == shape.count, "reshape: a value \(x.shape) cannot become \(shape)")
    let place = x.place
    return record(x.tensor.reshaped(to: shape), inputs: [x]) { dY, pull in
      pull.add(dY.reshaped(to: place.shape), to: place)
    }
  }
}

enum ReshapeChecks: GradientCheckSource {
  static let operation = "Reshape"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    let shapes: [(from: Shape, to: Shape)] = [
      ([2, 3], [6]), ([4], [2, 1, 2]), ([], [1, 1]), ([0, 3], [5, 0]), ([2, 3, 4], [4, 6]),
    ]
    return shapes.map { from, to in
      OperationSample("\(from) to \(to)", inputs: [.init(from)]) { graph, x in
        graph.reshape(x[0], to: to)
      }
    } + [
      OperationSample("reused input", inputs: [.init([2, 3])]) { graph, x in
        graph.matrixProduct(x[0], graph.reshape(x[0], to: [3, 2]))
      }
    ]
  }
}
