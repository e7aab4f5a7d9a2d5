import Tensors

/// How fast matrix products are on this machine.
enum ProductSpeed {
  /// Best rate of products of square matrices, in GFLOP per second of CPU time.
  ///
  /// - Parameter seconds: how long to measure, in CPU time.
  static func measuredGFLOPS(seconds: Double = 0.3) -> Double {
    let size = 512
    let random = RandomSource(seed: 0).stream("speed")
    let a: Tensor<Float> = random.uniform([size, size], in: -1...1)
    let b: Tensor<Float> = random.uniform([size, size], in: -1...1, step: 1)
    var c = Tensor<Float>(zeros: [size, size])
    let operations = 2 * Double(size) * Double(size) * Double(size)
    return bestRate(of: operations / 1e9, for: seconds, clock: Processor.secondsUsed) {
      Tensor.matrixProduct(a, transposed: false, b, transposed: false, into: &c)
    }
  }

  /// The best rate of a piece of work that is repeated for a while, at least once.
  ///
  /// - Parameters:
  ///   - amount: of work that is done each time.
  ///   - seconds: how long to repeat it.
  ///   - clock: tells seconds; attempts during which it stands still count for nothing.
  static func bestRate(
    of amount: Double, for seconds: Double, clock: () -> Double, work: () -> Void
  ) -> Double {
    let deadline = clock() + seconds
    var (best, now) = (0.0, clock())
    repeat {
      let start = now
      work()
      now = clock()
      if now > start { best = max(best, amount / (now - start)) }
    } while now < deadline
    return best
  }
}
