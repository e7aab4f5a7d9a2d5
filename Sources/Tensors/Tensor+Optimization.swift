extension Tensor {
  /// One Adam step of the parameters `self`, in place (the formula of `torch.optim.Adam`).
  ///
  /// g ← scale·(gradient + offset) + decay·p, m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g²,
  /// p ← p − stepSize · m / (√v · correction + ε).
  ///
  /// Shapes: all alike. Reference: Kingma, Ba: Adam, ICLR 2015, algorithm 1.
  public mutating func adamStep(
    gradient: Tensor, coefficients: AdamCoefficients, first: inout Tensor, second: inout Tensor
  ) {
    require(
      shape == gradient.shape && shape == first.shape && shape == second.shape,
      "Adam on \(shape) with gradient \(gradient.shape)")
    write { p, n in
      first.write { m, _ in
        second.write { v, _ in
          gradient.read { g, _ in Scalar.adam(n, coefficients, g, p, m, v) }
        }
      }
    }
  }

  /// Adam steps along gradients of zero, in place, to which the coefficients may add a constant: the same
  /// bits as from ``adamStep(gradient:coefficients:first:second:)`` step after step, but every element
  /// is read from memory once for all of them.
  ///
  /// Shapes: all alike.
  public mutating func adamSteps(
    _ steps: [AdamCoefficients], first: inout Tensor, second: inout Tensor
  ) {
    require(
      shape == first.shape && shape == second.shape,
      "Adam on \(shape) with moments \(first.shape), \(second.shape)")
    Tensor(zeros: [Self.cachedCount]).read { zeros, _ in
      write { p, n in
        first.write { m, _ in
          second.write { v, _ in
            for start in stride(from: 0, to: n, by: Self.cachedCount) {
              let count = min(Self.cachedCount, n - start)
              for step in steps {
                Scalar.adam(count, step, zeros, p + start, m + start, v + start)
              }
            }
          }
        }
      }
    }
  }

  /// Multiplies all elements by one factor after the other, in place, and adds up their squares: the
  /// same bits as from ``scale(by:)``, but every element is read from memory once.
  public mutating func scaleAndSumSquares(by factors: [Scalar]) -> Double {
    var squares = 0.0
    write { x, n in
      for start in stride(from: 0, to: n, by: Self.cachedCount) {
        let count = min(Self.cachedCount, n - start)
        for factor in factors { Scalar.scale(count, factor, x + start, x + start) }
        squares += Scalar.sumOfSquares(count, x + start, offset: 0)
      }
    }
    return squares
  }

  /// So many elements of four tensors fit into the first-level cache.
  private static var cachedCount: Int { 1024 }

  /// One step of gradient descent with momentum, in place (the formula of `torch.optim.SGD`).
  ///
  /// g ← scale·gradient + decay·p, velocity ← momentum·velocity + g (g itself at the first step),
  /// p ← p − lr·velocity. Without momentum the velocity is not touched.
  public mutating func momentumStep(
    gradient: Tensor, coefficients: MomentumCoefficients, velocity: inout Tensor
  ) {
    require(
      shape == gradient.shape && shape == velocity.shape,
      "momentum step on \(shape) with gradient \(gradient.shape)")
    write { p, n in
      velocity.write { v, _ in
        gradient.read { g, _ in Scalar.momentumStep(n, coefficients, g, p, v) }
      }
    }
  }
}
