import Tensors

extension Graph {
  /// The sigmoid linear unit, also called swish.
  ///
  /// y = x σ(x) with σ(x) = 1 / (1 + exp(−x))
  ///
  /// Shapes: any → the same.
  /// Edge cases: −∞ gives NaN, as in PyTorch.
  /// Gradient: dx = dy · σ(x) (1 + x (1 − σ(x))).
  /// Source: Elfwing, Uchibe, Doya: Sigmoid-weighted linear units for neural network function
  /// approximation in reinforcement learning, 2018, section 2.
  /// PyTorch equivalent: `nn.functional.silu(x)`.
  public func silu(_ x: Value<Scalar>) -> Value<Scalar> {
    apply(.silu, to: x)
  }
}

enum SiLUChecks: GradientCheckSource {
  static let operation = "SiLU"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    CheckShapes.elementwise(operation).map { shape in
      OperationSample("\(shape)", inputs: [.init(shape, in: -1...3)]) { graph, x in
        graph.silu(x[0])
      }
    } + [
      OperationSample("negative side", inputs: [.init([2, 3], in: -5...(-2))]) { graph, x in
        graph.silu(x[0])
      },
      OperationSample("reused input", inputs: [.init([4])]) { graph, x in
        graph.add(graph.silu(x[0]), graph.multiply(x[0], x[0]))
      },
    ]
  }
}
