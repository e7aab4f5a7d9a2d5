/// Loss and gradient norm averaged since the last row of the training curve.
struct CurveAverage {
  private var loss = 0.0
  private var gradientNorm = 0.0
  private var steps = 0.0

  /// Adds a step.
  mutating func add(loss: Double, gradientNorm: Double) {
    self.loss += loss
    self.gradientNorm += gradientNorm
    steps += 1
  }

  /// The means so far, and a fresh start.
  mutating func take() -> (loss: Double, gradientNorm: Double) {
    defer { self = CurveAverage() }
    return (loss / max(steps, 1), gradientNorm / max(steps, 1))
  }

  /// The sums, for checkpoints.
  var numbers: [Double] {
    get { [loss, gradientNorm, steps] }
    set { (loss, gradientNorm, steps) = (newValue[0], newValue[1], newValue[2]) }
  }
}
