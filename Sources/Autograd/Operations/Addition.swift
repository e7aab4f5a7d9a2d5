import Tensors

extension Graph {
  /// Adds two values elementwise.
  ///
  /// y = a + b
  ///
  /// Shapes: equal → the same.
  /// Gradient: da = dy, db = dy.
  /// PyTorch equivalent: `a + b` of equal shapes.
  public func add(_ a: Value<Scalar>, _ b: Value<Scalar>) -> Value<Scalar> {
    require(a.shape == b.shape, "add: shapes \(a.shape) and \(b.shape) differ")
    let (placeA, placeB) = (a.place, b.place)
    return record(a.tensor + b.tensor, inputs: [a, b]) { dY, pull in
      pull.add(dY, to: placeA)
      pull.add(dY, to: placeB)
    }
  }
}

enum AdditionChecks: GradientCheckSource {
  static let operation = "Addition"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    CheckShapes.elementwise(operation).map { shape in
      OperationSample("\(shape)", inputs: [.init(shape), .init(shape)]) { graph, x in
        graph.add(x[0], x[1])
      }
    } + [
      OperationSample("reused input", inputs: [.init([2, 3])]) { graph, x in
        graph.add(x[0], x[0])
      },
      OperationSample("reused result", inputs: [.init([2, 3]), .init([2, 3])]) { graph, x in
        let y = graph.add(x[0], x[1])
        return graph.add(graph.add(y, x[0]), y)
      },
    ]
  }
}
