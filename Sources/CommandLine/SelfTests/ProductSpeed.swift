import Store
import Tensors

/// How fast matrix products are on this machine.
enum ProductSpeed {
  /// Best rate of products of square matrices in one thread, in GFLOP/s.
  ///
  /// - Parameter seconds: how long to measure.
  static func measuredGFLOPS(seconds: Double = 0.3) -> Double {
    let size = 512
    let random = RandomSource(seed: 0).stream("speed")
    let a: Tensor<Float> = random.uniform([size, size], in: -1...1)
    let b: Tensor<Float> = random.uniform([size, size], in: -1...1, step: 1)
    var c = Tensor<Float>(zeros: [size, size])
    let operations = 2 * Double(size) * Double(size) * Double(size)
    let deadline = MonotonicClock.seconds() + seconds
    var best = 0.0
    repeat {
      let start = MonotonicClock.seconds()
      Tensor.matrixProduct(a, transposed: false, b, transposed: false, into: &c)
      let time = MonotonicClock.seconds() - start
      if time > 0 { best = max(best, operations / time / 1e9) }
    } while MonotonicClock.seconds() < deadline
    return best
  }
}
