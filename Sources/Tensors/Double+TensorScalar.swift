import Foundation

/// Plain loops in double precision: the oracle for the kernels, and the arithmetic of gradient
/// checks.
// The functions are documented in TensorScalar.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension Double: TensorScalar {
  public static func fill(_ n: Int, _ value: Double, _ out: Out) {
    out.update(repeating: value, count: n)
  }
  public static func add(_ n: Int, _ a: In, _ b: In, _ out: Out) {
    for i in 0..<n { out[i] = a[i] + b[i] }
  }
  public static func subtract(_ n: Int, _ a: In, _ b: In, _ out: Out) {
    for i in 0..<n { out[i] = a[i] - b[i] }
  }
  public static func multiply(_ n: Int, _ a: In, _ b: In, _ out: Out) {
    for i in 0..<n { out[i] = a[i] * b[i] }
  }
  public static func scale(_ n: Int, _ s: Double, _ a: In, _ out: Out) {
    for i in 0..<n { out[i] = s * a[i] }
  }
  public static func addScaled(_ n: Int, _ s: Double, _ x: In, _ y: Out) {
    for i in 0..<n { y[i] += s * x[i] }
  }

  public static func activate(_ activation: Activation, _ n: Int, _ x: In, _ y: Out) {
    for i in 0..<n { y[i] = activation.value(x[i]) }
  }
  public static func activationGradient(
    _ activation: Activation, _ n: Int, _ x: In, _ y: In, _ dY: In, _ dX: Out, adds: Bool
  ) {
    for i in 0..<n { dX[i] = (adds ? dX[i] : 0) + activation.gradient(x[i], y[i], dY[i]) }
  }

  public static func sum(_ n: Int, _ x: In) -> Double {
    var total = 0.0
    for i in 0..<n { total += x[i] }
    return total
  }
  public static func sumOfSquares(_ n: Int, _ x: In, offset: Double) -> Double {
    var total = 0.0
    for i in 0..<n { total += (x[i] + offset) * (x[i] + offset) }
    return total
  }
  public static func isFinite(_ n: Int, _ x: In) -> Bool {
    for i in 0..<n where !x[i].isFinite { return false }
    return true
  }

  public static func transposeEach(
    _ count: Int, _ rows: Int, _ columns: Int, _ x: In, _ y: Out
  ) {
    for start in stride(from: 0, to: count * rows * columns, by: rows * columns) {
      for row in 0..<rows {
        for column in 0..<columns {
          y[start + column * rows + row] = x[start + row * columns + column]
        }
      }
    }
  }
  public static func addRowVector(_ rows: Int, _ columns: Int, _ v: In, _ x: Out) {
    for r in 0..<rows { add(columns, x + r * columns, v, x + r * columns) }
  }
  public static func sumRows(_ rows: Int, _ columns: Int, _ x: In, _ out: Out, adds: Bool) {
    if !adds { out.update(repeating: 0, count: columns) }
    for r in 0..<rows { add(columns, out, x + r * columns, out) }
  }
  public static func softmaxRows(_ rows: Int, _ columns: Int, _ x: In, _ y: Out, logSum: Out) {
    for r in 0..<rows {
      let input = x + r * columns
      let output = y + r * columns
      var largest = input[0]
      for c in 1..<columns { largest = Swift.max(largest, input[c]) }
      var total = 0.0
      for c in 0..<columns {
        output[c] = Foundation.exp(input[c] - largest)
        total += output[c]
      }
      scale(columns, 1 / total, output, output)
      logSum[r] = largest + Foundation.log(total)
    }
  }

  public static func adam(
    _ n: Int, _ c: AdamCoefficients, _ g: In, _ p: Out, _ m: Out, _ v: Out
  ) {
    for i in 0..<n {
      let gradient = (g[i] + c.gradientOffset) * c.gradientScale + c.weightDecay * p[i]
      m[i] = c.beta1 * m[i] + (1 - c.beta1) * gradient
      v[i] = c.beta2 * v[i] + (1 - c.beta2) * gradient * gradient
      p[i] -= c.stepSize * m[i] / (v[i].squareRoot() * c.inverseRootCorrection + c.epsilon)
    }
  }
  public static func momentumStep(
    _ n: Int, _ c: MomentumCoefficients, _ g: In, _ p: Out, _ velocity: Out
  ) {
    for i in 0..<n {
      var gradient = g[i] * c.gradientScale + c.weightDecay * p[i]
      if c.momentum != 0 {
        if !c.isFirstStep { gradient += c.momentum * velocity[i] }
        velocity[i] = gradient
      }
      p[i] -= c.learningRate * gradient
    }
  }

  public static func uniform(
    _ n: Int, _ noise: RandomStream.Position, _ low: Double, _ high: Double, _ out: Out
  ) {
    for i in 0..<n {
      let word = noise.block(index: UInt64(i / 4))[i % 4]
      out[i] = low + (high - low) * Double(word >> 8) * 0x1p-24
    }
  }

  public static func maskSample(
    _ n: Int, _ logits: In, _ w: In, samples: Int, _ noise: RandomStream.Position, _ out: Out,
    stride: Int
  ) {
    for k in 0..<samples {
      for i in 0..<n {
        let draw = MaskDraw(logit: logits[i], word: noise.word(index: UInt64(i), sample: k))
        out[k * stride + i] = draw.isKept ? w[i] : 0
      }
    }
  }
}
