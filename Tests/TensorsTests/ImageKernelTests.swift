import Tensors
import Testing

/// The kernels of pooling and batch normalisation: equal bits at every level, and the values of the
/// plain loops in double precision.
@Suite struct ImageKernelTests {
  private let stream = RandomSource(seed: 9).stream("image kernels")

  private func random(_ shape: Shape, _ step: Int) -> Tensor<Float> {
    stream.uniform(shape, in: -3...3, step: step)
  }

  private func compare(
    _ single: () -> [Tensor<Float>], _ double: () -> [Tensor<Double>], _ comment: Comment
  ) {
    let base = KernelLevel.base.use(single)
    for level in KernelLevel.allCases where level.isAvailable {
      for (a, b) in zip(base, level.use(single)) {
        #expect(a.scalars.map(\.bitPattern) == b.scalars.map(\.bitPattern), comment)
      }
    }
    for (part, (a, b)) in zip(base, double()).enumerated() {
      for (x, y) in zip(a.scalars, b.scalars) {
        #expect(abs(Double(x) - y) <= 3e-6 * max(1, abs(y)), "\(comment) \(part)")
      }
    }
  }

  private func pool<S: TensorScalar>(_ x: Tensor<S>, adds: Bool) -> [Tensor<S>] {
    let shape = x.shape
    let outputs: Shape = [shape[0], shape[1] / 2, shape[2] / 2, shape[3]]
    let dY = random(outputs, 2).converted(to: S.self)
    var y = Tensor<S>(zeros: outputs)
    var dX = random(shape, 3).converted(to: S.self)
    x.withUnsafeBufferPointer { x in
      dY.withUnsafeBufferPointer { dY in
        y.withUnsafeMutableBufferPointer { y in
          dX.withUnsafeMutableBufferPointer { dX in
            guard let x = x.baseAddress, let dY = dY.baseAddress, let y = y.baseAddress,
              let dX = dX.baseAddress
            else { return }
            S.maxPool(shape, x, y)
            S.maxPoolGradient(shape, x, dY, dX, adds: adds)
          }
        }
      }
    }
    return [y, dX]
  }

  @Test(arguments: [1, 5, 16, 19, 40], [false, true])
  func `max pooling`(channels: Int, adds: Bool) {
    var x = random([2, 5, 6, channels], 1)
    // Equal pixels, within one window and everywhere.
    for c in 0..<channels { (x[0, 0, 1, c], x[0, 1, 0, c]) = (5, 5) }
    let same = Tensor<Float>(repeating: 2, shape: x.shape)
    for x in [x, same] {
      compare(
        { pool(x, adds: adds) }, { pool(x.converted(to: Double.self), adds: adds) }, "max pooling")
    }
  }

  private func normalize<S: TensorScalar>(
    _ columns: Int, adds: Bool, _ type: S.Type
  ) -> [Tensor<S>] {
    let rows = 7
    let x = random([rows, columns], 1).converted(to: type)
    let dY = random([rows, columns], 2).converted(to: type)
    let vectors = (3..<8).map { random([columns], $0).converted(to: type) }
    var mean = Tensor<S>(zeros: [columns])
    var (variance, dGamma, dBeta) = (mean, mean, mean)
    var y = Tensor<S>(zeros: x.shape)
    var dX = random(x.shape, 8).converted(to: type)
    func read(_ tensor: Tensor<S>, _ body: (UnsafePointer<S>) -> Void) {
      tensor.withUnsafeBufferPointer { if let start = $0.baseAddress { body(start) } }
    }
    func write(_ tensor: inout Tensor<S>, _ body: (UnsafeMutablePointer<S>) -> Void) {
      tensor.withUnsafeMutableBufferPointer { if let start = $0.baseAddress { body(start) } }
    }
    read(x) { x in
      write(&mean) { mean in
        write(&variance) { S.channelMoments(rows, columns, x, mean: mean, variance: $0) }
      }
      read(dY) { dY in
        read(vectors[0]) { a in
          read(vectors[1]) { b in
            read(vectors[2]) { c in
              read(vectors[3]) { d in
                write(&y) {
                  S.normalizeChannels(
                    rows, columns, x, mean: a, inverse: b, gamma: c, beta: d, $0)
                }
                write(&dX) {
                  S.normalizeChannelsGradient(
                    rows, columns, x, mean: a, scale: b, shift: c, tilt: d, dY, $0, adds: adds)
                }
              }
            }
            write(&dGamma) { scale in
              write(&dBeta) {
                S.channelGradients(
                  rows, columns, x, mean: a, inverse: b, dY, dGamma: scale, dBeta: $0)
              }
            }
          }
        }
      }
    }
    return [mean, variance, dGamma, dBeta, y, dX]
  }

  @Test(arguments: [1, 5, 16, 19, 40], [false, true])
  func `batch normalisation`(columns: Int, adds: Bool) {
    compare(
      { normalize(columns, adds: adds, Float.self) },
      { normalize(columns, adds: adds, Double.self) }, "batch normalisation")
  }

  private func threshold<S: TensorScalar>(_ n: Int, _ type: S.Type) -> Tensor<S> {
    var x = random([n], 9).converted(to: type)
    x.withUnsafeMutableBufferPointer { x in
      if let start = x.baseAddress { S.threshold(n, below: 0.5, otherwise: 1.25, start) }
    }
    return x
  }

  @Test(arguments: [1, 16, 19, 40])
  func `thresholds of dropout`(n: Int) {
    compare({ [threshold(n, Float.self)] }, { [threshold(n, Double.self)] }, "threshold")
    let x = random([n], 9)
    #expect(threshold(n, Float.self).scalars == x.scalars.map { $0 < 0.5 ? 0 : 1.25 })
  }
}
