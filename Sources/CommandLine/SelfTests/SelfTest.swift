import Foundation
import Tensors

/// A quick check that the numbers of this machine can be trusted.
struct SelfTest: Sendable {
  /// What is checked.
  let name: String
  /// What is wrong, nil when all is well.
  let problem: String?

  /// All checks; they take less than a second.
  static func all() -> [SelfTest] {
    [
      SelfTest(name: "matrix products against plain loops", problem: matrixProducts()),
      SelfTest(name: "random numbers against published values", problem: randomNumbers()),
      SelfTest(name: "denormal numbers are flushed", problem: denormals()),
    ]
  }

  // MARK: - Matrix products

  /// Shapes that meet all edges of blocked kernels.
  private static let shapes = [(1, 1, 1), (7, 5, 3), (33, 17, 65), (128, 10, 256), (64, 96, 80)]

  private static func matrixProducts() -> String? {
    let random = RandomSource(seed: 0)
    for (m, n, k) in shapes {
      let a: Tensor<Float> = random.stream("self-test a \(m)").uniform([m, k], in: -1...1)
      let b: Tensor<Float> = random.stream("self-test b \(n)").uniform([k, n], in: -1...1)
      let x = a.scalars.map(Double.init)
      let y = b.scalars.map(Double.init)
      let expected = (0..<m * n).map { (index: Int) -> Double in
        let (row, column) = index.quotientAndRemainder(dividingBy: n)
        var sum = 0.0
        for inner in 0..<k { sum += x[row * k + inner] * y[inner * n + column] }
        return sum
      }
      for (aTransposed, bTransposed) in [(false, false), (true, false), (false, true)] {
        var c = Tensor<Float>(uninitialized: [m, n])
        Tensor.matrixProduct(
          aTransposed ? a.transposed() : a, transposed: aTransposed,
          bTransposed ? b.transposed() : b, transposed: bTransposed, into: &c)
        let error = zip(c.scalars, expected).map { abs(Double($0) - $1) }.max() ?? 0
        // A sum of k products of numbers below one, each rounded to 24 bits.
        guard error <= 1e-6 * Double(k).squareRoot() + 1e-6 else {
          return "the product \(m)×\(k)·\(k)×\(n) is wrong by \(error)"
        }
      }
    }
    return nil
  }

  // MARK: - Random numbers

  private struct KnownAnswer {
    let counter: SIMD4<UInt32>
    let key: SIMD4<UInt32>
    let answer: SIMD4<UInt32>
  }

  /// Known answers of Threefry4x32 with 13 rounds, from the authors' library Random123.
  private static let knownAnswers = [
    KnownAnswer(
      counter: .zero, key: .zero,
      answer: SIMD4(0x531c_7e4f, 0x3949_1ee5, 0x2c85_5a92, 0x3d6a_bf9a)),
    KnownAnswer(
      counter: SIMD4(repeating: .max), key: SIMD4(repeating: .max),
      answer: SIMD4(0xc418_9358, 0x1c9c_c83a, 0xd588_1c67, 0x6a0a_89e0)),
    KnownAnswer(
      counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
      key: SIMD4(0xa409_3822, 0x299f_31d0, 0x082e_fa98, 0xec4e_6c89),
      answer: SIMD4(0x4aa7_1d8f, 0x7347_38c2, 0x431f_c6a8, 0xae6d_ebf1)),
  ]

  private static func randomNumbers() -> String? {
    for known in knownAnswers {
      let found = RandomStream.threefry(counter: known.counter, key: known.key)
      if found != known.answer {
        return "counter \(known.counter) gives \(found), not \(known.answer)"
      }
    }
    // Element i of the sampling kernel is word i % 4 of block i / 4, whatever the kernel level.
    let stream = RandomSource(seed: 3).stream("self-test")
    let uniform: Tensor<Float> = stream.uniform([37], in: 0...1)
    for index in 0..<37 {
      let word = stream.block(index: UInt64(index / 4))[index % 4]
      let expected = Float(word >> 8) * 0x1p-24
      if uniform[flat: index] != expected {
        return "element \(index) is \(uniform[flat: index]), not \(expected)"
      }
    }
    return nil
  }

  // MARK: - Denormal numbers

  private static func denormals() -> String? {
    FloatingPointMode.flushesDenormals ? nil : "this thread computes with denormal numbers"
  }
}
