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
