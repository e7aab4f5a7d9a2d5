import Tensors

extension Graph {
  /// Replaces negative elements by zero.
  ///
  /// y = max(x, 0)
  ///
  /// Shapes: any → the same.
  /// Edge cases: the derivative at 0 is 0; NaN stays NaN.
  /// Gradient: dx = dy where y > 0, else 0.
  /// PyTorch equivalent: `nn.functional.relu(x)`.
  public func relu(_ x: Value<Scalar>) -> Value<Scalar> {
    apply(.relu, to: x)
  }
}

enum ReLUChecks: GradientCheckSource {
  static let operation = "ReLU"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    // Inputs keep away from the kink at 0, where central differences mean nothing.
    CheckShapes.elementwise(operation).map { shape in
      // A single element is positive, since a gradient that is zero everywhere certifies nothing.
      let range: ClosedRange<Float> = shape.count == 1 ? 0...1 : -1...1
      return OperationSample(
        "\(shape)", inputs: [.init(shape, in: range, minimumMagnitude: 0.01)]
      ) { graph, x in graph.relu(x[0]) }
    } + [
      OperationSample(
        "negative side", inputs: [.init([2, 3], in: -2...(-1))], inputsWithoutEffect: [0]
      ) { graph, x in graph.relu(x[0]) },
      OperationSample("reused input", inputs: [.init([4], in: 0.1...1)]) { graph, x in
        graph.subtract(graph.relu(x[0]), graph.scale(x[0], by: 2))
      },
    ]
  }
}
