import Tensors

extension Graph {
  /// Subtracts one value from another elementwise.
  ///
  /// y = a − b
  ///
  /// Shapes: equal → the same.
  /// Gradient: da = dy, db = −dy.
  /// PyTorch equivalent: `a - b` of equal shapes.
  public func subtract(_ a: Value<Scalar>, _ b: Value<Scalar>) -> Value<Scalar> {
    require(a.shape == b.shape, "subtract: shapes \(a.shape) and \(b.shape) differ")
    let (placeA, placeB) = (a.place, b.place)
    return record(a.tensor - b.tensor, inputs: [a, b]) { dY, pull in
      pull.add(dY, to: placeA)
      pull.accumulate(into: placeB) { dB, adds in
        dY.read { dY in
          dB.write { dB in
            if adds {
              Scalar.addScaled(placeB.shape.count, -1, dY, dB)
            } else {
              Scalar.scale(placeB.shape.count, -1, dY, dB)
            }
          }
        }
      }
    }
  }
}

enum SubtractionChecks: GradientCheckSource {
  static let operation = "Subtraction"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    CheckShapes.elementwise(operation).map { shape in
      OperationSample("\(shape)", inputs: [.init(shape), .init(shape)]) { graph, x in
        graph.subtract(x[0], x[1])
      }
    } + [
      OperationSample(
        "reused input", inputs: [.init([2, 3])], inputsWithoutEffect: [0]
      ) { graph, x in graph.subtract(x[0], x[0]) },
      OperationSample("reused twice", inputs: [.init([3]), .init([3])]) { graph, x in
        graph.subtract(graph.subtract(x[0], x[1]), x[1])
      },
    ]
  }
}
