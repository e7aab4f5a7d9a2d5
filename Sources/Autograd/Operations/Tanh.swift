import Tensors

extension Graph {
  /// Maps all elements to the range from −1 to 1.
  ///
  /// y = tanh(x)
  ///
  /// Shapes: any → the same.
  /// Range: −1…1.
  /// Gradient: dx = dy · (1 − y²).
  /// PyTorch equivalent: `torch.tanh(x)`.
  public func tanh(_ x: Value<Scalar>) -> Value<Scalar> {
    apply(.tanh, to: x)
  }
}

enum TanhChecks: GradientCheckSource {
  static let operation = "Tanh"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    CheckShapes.elementwise(operation).map { shape in
      OperationSample("\(shape)", inputs: [.init(shape, in: -2...2)]) { graph, x in
        graph.tanh(x[0])
      }
    } + [
      OperationSample("reused input", inputs: [.init([4])]) { graph, x in
        graph.add(graph.tanh(x[0]), graph.multiply(x[0], x[0]))
      }
    ]
  }
}
