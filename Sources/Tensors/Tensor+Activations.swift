extension Tensor {
  /// max(x, 0), elementwise. `NaN` stays `NaN`.
  public func relu() -> Tensor { map(Scalar.relu) }
  /// 1 / (1 + exp(−x)), elementwise.
  public func sigmoid() -> Tensor { map(Scalar.sigmoid) }
  /// tanh x, elementwise.
  public func tanh() -> Tensor { map(Scalar.tanh) }
  /// exp x, elementwise. `Float`: relative error below 2·10⁻⁷ in [−87, 88], 0 below, exp 88 above.
  public func exponential() -> Tensor { map(Scalar.exponential) }

  /// Writes (or adds to `dX`) the gradient of ``relu()``; `self` is its output.
  public func reluGradient(_ dY: Tensor, into dX: inout Tensor, adds: Bool) {
    gradient(dY, into: &dX) { Scalar.reluGradient($0, $1, $2, $3, adds: adds) }
  }
  /// Writes (or adds to `dX`) the gradient of ``sigmoid()``; `self` is its output.
  public func sigmoidGradient(_ dY: Tensor, into dX: inout Tensor, adds: Bool) {
    gradient(dY, into: &dX) { Scalar.sigmoidGradient($0, $1, $2, $3, adds: adds) }
  }
  /// Writes (or adds to `dX`) the gradient of ``tanh()``; `self` is its output.
  public func tanhGradient(_ dY: Tensor, into dX: inout Tensor, adds: Bool) {
    gradient(dY, into: &dX) { Scalar.tanhGradient($0, $1, $2, $3, adds: adds) }
  }

  private func gradient(
    _ dY: Tensor, into dX: inout Tensor, _ kernel: (Int, Scalar.In, Scalar.In, Scalar.Out) -> Void
  ) {
    precondition(
      shape == dY.shape && shape == dX.shape, "shapes \(shape), \(dY.shape), \(dX.shape)")
    dX.write { out, n in read { y, _ in dY.read { d, _ in kernel(n, y, d, out) } } }
  }

  /// Softmax of every row, and the logarithm of the sum of exponentials of every row.
  ///
  /// Shapes: self B×K → B×K and B. Edge cases: the row's maximum is subtracted first, so ±10⁴ stay
  /// finite.
  /// - Precondition: K ≥ 1.
  public func softmaxRows() -> (probabilities: Tensor, logSum: Tensor) {
    precondition(shape.rank == 2 && shape[1] > 0, "softmax of the rows of shape \(shape)")
    var probabilities = Tensor(uninitialized: shape)
    var logSum = Tensor(uninitialized: [shape[0]])
    let (rows, columns) = (shape[0], shape[1])
    probabilities.write { y, _ in
      logSum.write { l, _ in
        read { x, _ in Scalar.softmaxRows(rows, columns, x, y, logSum: l) }
      }
    }
    return (probabilities, logSum)
  }
}
