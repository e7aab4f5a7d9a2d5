import Tensors
import TestSupport
import Testing

/// Every instruction-set level computes the same bits as the base level, and the values of the
/// plain loops in double precision.
@Suite struct KernelLevelTests {
  static let counts = [1, 3, 15, 16, 17, 33, 1000]
  static let levels = KernelLevel.allCases.filter(\.isAvailable)
  private let stream = RandomSource(seed: 7).stream("kernel tests")

  private func random(_ n: Int, _ step: Int, _ range: ClosedRange<Float> = -3...3) -> Tensor<Float>
  {
    stream.uniform([n], in: range, step: step)
  }

  /// Runs `body` at every level and expects equal bits, and values near those of double precision.
  private func compare(
    _ float: () -> Tensor<Float>, _ double: () -> Tensor<Double>, tolerance: Double = 1e-6,
    _ comment: Comment
  ) {
    let base = KernelLevel.base.use(float)
    for level in Self.levels {
      let other = level.use(float)
      #expect(other.scalars.map(\.bitPattern) == base.scalars.map(\.bitPattern), comment)
    }
    for (x, y) in zip(base.scalars, double().scalars) {
      #expect(abs(Double(x) - y) <= tolerance * max(1, abs(y)), comment)
    }
  }

  @Test(arguments: counts)
  func elementwise(n: Int) {
    let (a, b) = (random(n, 1), random(n, 2))
    let (x, y) = (a.converted(to: Double.self), b.converted(to: Double.self))
    compare({ a + b }, { x + y }, "add")
    compare({ a - b }, { x - y }, "subtract")
    compare({ a * b }, { x * y }, "multiply")
    compare({ 1.5 * a }, { 1.5 * x }, "scale")
    compare(
      {
        var c = a
        c.add(b, scaledBy: -0.7)
        return c
      },
      {
        var c = x
        c.add(y, scaledBy: -0.7)
        return c
      }, "add scaled")
  }

  @Test(arguments: counts)
  func reductions(n: Int) {
    let a = random(n, 4)
    let x = a.converted(to: Double.self)
    for level in Self.levels {
      level.use {
        #expect(abs(a.sum() - x.sum()) <= 1e-9 * Double(n))
        #expect(abs(a.sumOfSquares() - x.sumOfSquares()) <= 1e-9 * Double(n))
        #expect(Double(a.maximumMagnitude()) == x.maximumMagnitude())
      }
      let base = KernelLevel.base.use { a.sum() }
      #expect(level.use { a.sum() } == base)
    }
  }

  /// Added up in single precision, they would be off by a thousandth.
  @Test(arguments: [(131_072, 3), (131_072, 32), (4_097, 50)])
  func `sums over rows keep their digits`(rows: Int, columns: Int) {
    let x = Tensor<Float>(repeating: 0.1, shape: [rows, columns])
    let sum = Double(rows) * Double(Float(0.1))
    // Normalised elements are (0.1 + 0.4) 2 = 1.
    let statistics = Tensor<Float>(
      (0..<3 * rows).map { [-0.4, 2, 0][$0 % 3] }, shape: [rows, 3])
    for level in Self.levels {
      level.use {
        for adds in [false, true] {
          var sums = Tensor<Float>(repeating: adds ? 1 : .nan, shape: [columns])
          sums.withUnsafeMutableBufferPointer { out in
            x.withUnsafeBufferPointer { x in
              Float.sumRows(rows, columns, x.baseAddress!, out.baseAddress!, adds: adds)
            }
          }
          let expected = sum + (adds ? 1 : 0)
          for found in sums.scalars { #expect(abs(Double(found) / expected - 1) < 1e-6) }
        }
        var scales = Tensor<Float>(repeating: 1, shape: [columns])
        var shifts = Tensor<Float>(repeating: 1, shape: [columns])
        scales.withUnsafeMutableBufferPointer { scales in
          shifts.withUnsafeMutableBufferPointer { shifts in
            x.withUnsafeBufferPointer { x in
              statistics.withUnsafeBufferPointer { statistics in
                Float.layerNormParameterGradient(
                  rows, columns, x.baseAddress!, statistics: statistics.baseAddress!,
                  x.baseAddress!, dGamma: scales.baseAddress!, dBeta: shifts.baseAddress!)
              }
            }
          }
        }
        for found in scales.scalars + shifts.scalars {
          #expect(abs(Double(found) / (sum + 1) - 1) < 1e-6)
        }
      }
    }
  }

  @Test(arguments: [(1, 1), (5, 16), (9, 50), (33, 100)])
  func `sums over rows are the same at every level`(rows: Int, columns: Int) {
    let x = stream.uniform([rows, columns], in: -3...3, step: 6) as Tensor<Float>
    func sums<S: TensorScalar>(_ type: S.Type) -> Tensor<S> {
      var result = Tensor<S>(repeating: 0.5, shape: [columns])
      x.converted(to: type).addSumOfRows(to: &result)
      return result
    }
    compare({ sums(Float.self) }, { sums(Double.self) }, "sums over rows")
  }

  @Test(arguments: [1, 2, 10, 16, 19])
  func softmax(columns: Int) {
    let a = stream.uniform([5, columns], in: -8...8, step: 5) as Tensor<Float>
    let x = a.converted(to: Double.self)
    compare({ a.softmaxRows().probabilities }, { x.softmaxRows().probabilities }, "softmax")
    compare({ a.softmaxRows().logSum }, { x.softmaxRows().logSum }, "log-sum-exp")
  }

  @Test func softmaxOfExtremeLogitsStaysFinite() {
    let logits = Tensor<Float>([1e4, -1e4, 0, 1e4, 1e4, 1e4], shape: [2, 3])
    for level in Self.levels {
      let (p, l) = level.use { logits.softmaxRows() }
      #expect(p.isFinite && l.isFinite)
      #expect(p[0, 0] == 1 && p[0, 1] == 0)
      #expect(abs(p[1, 0] - 1 / 3) < 1e-6)
      #expect(abs(l[1] - 10001.0986) < 0.01)
    }
  }

  @Test func adamAndMomentum() {
    let (p, g, m, v) = (random(45, 1), random(45, 2), random(45, 3), random(45, 4, 0...1))
    let adam = AdamCoefficients(
      learningRate: 0.01, weightDecay: 0.1, step: 3, gradientScale: 0.5)
    func adamStep<S: TensorScalar>(_ type: S.Type) -> Tensor<S> {
      var (a, b, c) = (p.converted(to: type), m.converted(to: type), v.converted(to: type))
      a.adamStep(gradient: g.converted(to: type), coefficients: adam, first: &b, second: &c)
      return a + b + c
    }
    compare({ adamStep(Float.self) }, { adamStep(Double.self) }, "Adam")
    for isFirst in [false, true] {
      let c = MomentumCoefficients(
        learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, gradientScale: 2, isFirstStep: isFirst)
      func step<S: TensorScalar>(_ type: S.Type) -> Tensor<S> {
        var (a, b) = (p.converted(to: type), m.converted(to: type))
        a.momentumStep(gradient: g.converted(to: type), coefficients: c, velocity: &b)
        return a + b
      }
      compare({ step(Float.self) }, { step(Double.self) }, "momentum")
    }
  }

  @Test(arguments: [(1, 1), (17, 3), (64, 4), (100, 8)])
  func maskSampling(n: Int, samples: Int) {
    let (w, l) = (random(n, 1), random(n, 2, -6...6))
    let d = stream.uniform([samples, n], in: -1...1, step: 9) as Tensor<Float>
    let noise = RandomSource(seed: 3).stream("noise").at(step: 11)
    func double(_ t: Tensor<Float>) -> Tensor<Double> { t.converted(to: Double.self) }
    compare(
      { w.sampledMasks(logits: l, samples: samples, noise: noise) },
      { double(w).sampledMasks(logits: double(l), samples: samples, noise: noise) },
      tolerance: 0, "sampled weights")
    for adds in [false, true] {
      compare(
        {
          var (dL, dW) = (w, l)
          w.sampledMasksGradient(
            logits: l, dMasked: d, noise: noise, dLogits: &dL, adds: adds, dWeights: &dW,
            addsToWeights: true)
          return dL + dW
        },
        {
          var (dL, dW) = (double(w), double(l))
          double(w).sampledMasksGradient(
            logits: double(l), dMasked: double(d), noise: noise, dLogits: &dL, adds: adds,
            dWeights: &dW, addsToWeights: true)
          return dL + dW
        }, "mask gradients")
    }
  }
}
