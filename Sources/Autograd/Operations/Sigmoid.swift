import Tensors

extension Graph {
  /// Maps all elements to the range from 0 to 1.
  ///
  /// y = σ(x) = 1 / (1 + exp(−x))
  ///
  /// Shapes: any → the same.
  /// Range: 0…1; finite for all finite x.
  /// Gradient: dx = dy · y (1 − y).
  /// PyTorch equivalent: `torch.sigmoid(x)`.
  public func sigmoid(_ x: Value<Scalar>) -> Value<Scalar> {
    apply(.sigmoid, to: x)
  }
}

enum SigmoidChecks: GradientCheckSource {
  static let operation = "Sigmoid"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    CheckShapes.elementwise(operation).map { shape in
      OperationSample("\(shape)", inputs: [.init(shape, in: -3...3)]) { graph, x in
        graph.sigmoid(x[0])
      }
    } + [
      OperationSample("reused input", inputs: [.init([4])]) { graph, x in
        graph.multiply(graph.sigmoid(x[0]), x[0])
      }
    ]
  }
}
