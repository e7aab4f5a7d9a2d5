import Tensors

extension Graph {
  /// Multiplies two values elementwise (Hadamard product).
  ///
  /// y = a ⊙ b
  ///
  /// Shapes: equal → the same.
  /// Gradient: da = dy ⊙ b, db = dy ⊙ a.
  /// PyTorch equivalent: `a * b` of equal shapes.
  public func multiply(_ a: Value<Scalar>, _ b: Value<Scalar>) -> Value<Scalar> {
    require(a.shape == b.shape, "multiply: shapes \(a.shape) and \(b.shape) differ")
    return record(a.tensor * b.tensor, inputs: [a, b]) { dY, pull in
      if pull.wants(a) { pull.add(dY * b.tensor, to: a) }
      if pull.wants(b) { pull.add(dY * a.tensor, to: b) }
    }
  }
}

enum MultiplicationChecks: GradientCheckSource {
  static let operation = "Multiplication"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    CheckShapes.elementwise(operation).map { shape in
      OperationSample("\(shape)", inputs: [.init(shape), .init(shape)]) { graph, x in
        graph.multiply(x[0], x[1])
      }
    } + [
      OperationSample("square", inputs: [.init([2, 3])]) { graph, x in
        graph.multiply(x[0], x[0])
      },
      OperationSample("cube", inputs: [.init([2, 3])]) { graph, x in
        graph.multiply(graph.multiply(x[0], x[0]), x[0])
      },
    ]
  }
}
