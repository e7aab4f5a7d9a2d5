import Tensors

extension Graph {
  /// Averages all elements.
  ///
  /// y = (1/n) Σ_i x_i, summed in double precision
  ///
  /// Shapes: any with n > 0 elements → scalar.
  /// Gradient: dx_i = dy / n.
  /// PyTorch equivalent: `x.mean()`.
  public func mean(_ x: Value<Scalar>) -> Value<Scalar> {
    require(x.shape.count > 0, "mean: no elements in a value \(x.shape)")
    return total(x, factor: 1 / Double(x.shape.count))
  }

  /// Averages the elements along one axis, which disappears.
  ///
  /// Shapes: …×n×… with n > 0 → …×….
  /// Gradient: dx_…i… = dy_…… / n.
  /// PyTorch equivalent: `x.mean(dim=axis)`.
  public func mean(_ x: Value<Scalar>, axis: Int) -> Value<Scalar> {
    require(
      axis >= 0 && axis < x.shape.rank && x.shape[axis] > 0,
      "mean: axis \(axis) of a value \(x.shape)")
    return total(x, axis: axis, factor: 1 / Double(x.shape[axis]), operation: "mean")
  }
}

enum MeanChecks: GradientCheckSource {
  static let operation = "Mean"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    CheckShapes.elementwise(operation).filter { $0.count > 0 }.map { shape in
      OperationSample("\(shape)", inputs: [.init(shape)]) { graph, x in graph.mean(x[0]) }
    }
      + ReductionChecks.axes.map { shape, axis in
        OperationSample("\(shape) axis \(axis)", inputs: [.init(shape)]) { graph, x in
          graph.mean(x[0], axis: axis)
        }
      } + [
        OperationSample("reused input", inputs: [.init([2, 3])]) { graph, x in
          graph.addBias(graph.multiply(x[0], x[0]), graph.mean(x[0], axis: 0))
        }
      ]
  }
}
