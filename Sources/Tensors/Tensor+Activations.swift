extension Tensor {
  /// An activation of all elements.
  public func applying(_ activation: Activation) -> Tensor {
    map { n, x, y in Scalar.activate(activation, n, x, y) }
  }

  /// Writes (or adds to `dX`) the gradient of an activation.
  ///
  /// - Parameters:
  ///   - activation: the activation.
  ///   - input: x, of which nothing is asked when the gradient does not use it.
  ///   - output: y, likewise.
  ///   - dY: the gradient of y.
  ///   - dX: the gradient of x.
  ///   - adds: whether to add to dX.
  /// - Precondition: what the gradient uses is there; shapes are equal.
  public static func activationGradient(
    _ activation: Activation, input: Tensor?, output: Tensor?, _ dY: Tensor,
    into dX: inout Tensor, adds: Bool
  ) {
    guard let x = input ?? output, let y = output ?? input else {
      fatalError("the gradient of an activation without input and output")
    }
    require(
      (input != nil || !activation.gradientUses.contains(.input))
        && (output != nil || !activation.gradientUses.contains(.output)),
      "the gradient of an activation without what it uses")
    require(
      x.shape == dY.shape && y.shape == dY.shape && dX.shape == dY.shape,
      "shapes \(x.shape), \(y.shape), \(dY.shape), \(dX.shape)")
    dX.write { out, n in
      x.read { x, _ in
        y.read { y, _ in
          dY.read { d, _ in
            Scalar.activationGradient(activation, n, x, y, d, out, adds: adds)
          }
        }
      }
    }
  }

  /// Softmax of every row, and the logarithm of the sum of exponentials of every row.
  ///
  /// Shapes: self B×K → B×K and B. Edge cases: the row's maximum is subtracted first, so ±10⁴ stay
  /// finite.
  /// - Precondition: K ≥ 1.
  public func softmaxRows() -> (probabilities: Tensor, logSum: Tensor) {
    require(shape.rank == 2 && shape[1] > 0, "softmax of the rows of shape \(shape)")
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
