import Tensors

extension Graph {
  /// The Gaussian error linear unit in its exact form.
  ///
  /// y = x Φ(x) with the distribution function Φ(x) = (1 + erf(x / √2)) / 2 of N(0, 1)
  ///
  /// Shapes: any → the same.
  /// Edge cases: −∞ gives NaN, as in PyTorch.
  /// Gradient: dx = dy · (Φ(x) + x φ(x)) with the density φ(x) = exp(−x² / 2) / √(2π).
  /// Source: Hendrycks, Gimpel: Gaussian Error Linear Units (GELUs), 2016, section 2.
  /// PyTorch equivalent: `nn.functional.gelu(x)`.
  public func gelu(_ x: Value<Scalar>) -> Value<Scalar> {
    apply(.gelu, to: x)
  }
}

enum GELUChecks: GradientCheckSource {
  static let operation = "GELU"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    CheckShapes.elementwise(operation).map { shape in
      OperationSample("\(shape)", inputs: [.init(shape, in: -0.5...3)]) { graph, x in
        graph.gelu(x[0])
      }
    } + [
      OperationSample("negative side", inputs: [.init([2, 3], in: -3...(-1))]) { graph, x in
        graph.gelu(x[0])
      },
      OperationSample("reused input", inputs: [.init([4])]) { graph, x in
        graph.add(graph.gelu(x[0]), graph.multiply(x[0], x[0]))
      },
    ]
  }
}
