import Tensors
import TestSupport
import Testing

@Suite struct RandomStreamTests {
  /// Published vectors of Random123 for `threefry4x32` with 13 rounds.
  @Test(arguments: [
    (
      SIMD4<UInt32>(repeating: 0), SIMD4<UInt32>(repeating: 0),
      SIMD4<UInt32>(0x531c_7e4f, 0x3949_1ee5, 0x2c85_5a92, 0x3d6a_bf9a)
    ),
    (
      SIMD4<UInt32>(repeating: .max), SIMD4<UInt32>(repeating: .max),
      SIMD4<UInt32>(0xc418_9358, 0x1c9c_c83a, 0xd588_1c67, 0x6a0a_89e0)
    ),
    (
      SIMD4<UInt32>(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
      SIMD4<UInt32>(0xa409_3822, 0x299f_31d0, 0x082e_fa98, 0xec4e_6c89),
      SIMD4<UInt32>(0x4aa7_1d8f, 0x7347_38c2, 0x431f_c6a8, 0xae6d_ebf1)
    ),
  ])
  func knownAnswers(counter: SIMD4<UInt32>, key: SIMD4<UInt32>, expected: SIMD4<UInt32>) {
    #expect(RandomStream.threefry(counter: counter, key: key) == expected)
  }

  @Test(arguments: KernelLevel.allCases.filter(\.isAvailable))
  func kernelsDrawTheSameBlocks(level: KernelLevel) {
    let stream = RandomSource(seed: 0xfeed_beef_0123).stream("kernel")
    let uniform = level.use { stream.uniform([131], step: 5) as Tensor<Float> }
    for i in 0..<131 {
      let word = stream.block(index: UInt64(i / 4), step: 5)[i % 4]
      #expect(uniform[flat: i] == Float(word >> 8) * 0x1p-24)
    }
  }

  @Test func streamsDependOnNameSeedAndStep() {
    let source = RandomSource(seed: 1)
    let a = source.stream("init/layers.0.weight")
    #expect(a == source.stream("init/layers.0.weight"))
    #expect(a != source.stream("init/layers.0.bias"))
    #expect(a != RandomSource(seed: 2).stream("init/layers.0.weight"))
    #expect(source.stream("") != source.stream("\0"))
    #expect(a.block(index: 0, step: 0) != a.block(index: 0, step: 1))
    #expect(a.block(index: 0, part: 0) != a.block(index: 0, part: 1))
    #expect(a.block(index: 1) != a.block(index: 1 << 32))
  }

  /// The layout of names, steps and indices: a change would give every experiment other numbers,
  /// and has to raise ``RandomSource/scheme``.
  @Test func knownAnswersOfNamedStreams() {
    #expect(RandomSource.scheme == "threefry4x32-13/1")
    let cases: [(UInt64, String, UInt64, UInt32, UInt32, SIMD4<UInt32>)] = [
      (0, "", 0, 0, 0, SIMD4(0x7dbb1494, 0xacc44072, 0x17419a4a, 0x706ea643)),
      (0, "data/train", 0, 0, 0, SIMD4(0x402b890d, 0xf187b35c, 0x3515bec5, 0x2623ac27)),
      (3, "init/layers.0.weight", 5, 0, 0, SIMD4(0xabd324e0, 0x80c65c98, 0xf5498045, 0x2af3668c)),
      (3, "batches/pretrain", 1, 19999, 0, SIMD4(0x42fc869d, 0x2cc3118c, 0x60d7dbda, 0x19ecbd1e)),
      (
        0xfeedbeef0123, "mask/add/layers.1.weight", 8589934592, 7, 2,
        SIMD4(0xd7e5350c, 0x2c779f45, 0xd0d8e4b6, 0x3edb055a)
      ),
      (99, "größe", 12, 1, 1, SIMD4(0x53949ea9, 0xd49cf95b, 0xbdc9abb8, 0x0a243b33)),
    ]
    for (seed, name, index, step, part, expected) in cases {
      let block = RandomSource(seed: seed).stream(name).block(index: index, step: step, part: part)
      #expect(block == expected, "\(seed) '\(name)' \(index) \(step) \(part)")
    }
  }

  @Test func aFurtherConsumerChangesNoOtherStream() {
    let source = RandomSource(seed: 3)
    let order = source.stream("batches/pretrain").integers(100, below: 1000, step: 7)
    // Dropout, say, draws between two batches, and under a name that begins in the same way.
    for name in ["dropout", "batches/pretrain/dropout", "batches/pretrai"] {
      let other: Tensor<Float> = source.stream(name).uniform([100], step: 7)
      #expect(other.scalars != source.stream("batches/pretrain").uniform([100], step: 7).scalars)
    }
    #expect(source.stream("batches/pretrain").integers(100, below: 1000, step: 7) == order)
    // Neither does drawing more at an earlier step.
    _ = source.stream("batches/pretrain").integers(5000, below: 10, step: 6)
    #expect(source.stream("batches/pretrain").integers(100, below: 1000, step: 7) == order)
  }

  @Test func neighbouringSeedsAreUncorrelated() {
    let (seeds, draws) = (100, 100_000)
    var rows = Tensor<Double>(zeros: [seeds, draws])
    for seed in 0..<seeds {
      let uniform: Tensor<Float> = RandomSource(seed: UInt64(seed)).stream("data")
        .uniform([draws], in: -1...1)
      var row = uniform.converted(to: Double.self)
      row.add(-row.mean())
      row.scale(by: 1 / row.sumOfSquares().squareRoot())
      rows.withUnsafeMutableBufferPointer { all in
        row.withUnsafeBufferPointer { _ = all[(seed * draws)...].update(fromContentsOf: $0) }
      }
    }
    var correlations = Tensor<Double>(zeros: [seeds, seeds])
    Tensor.matrixProduct(
      rows, transposed: false, rows, transposed: true, into: &correlations)
    for i in 0..<seeds {
      for j in 0..<i { #expect(abs(correlations[i, j]) <= 0.02, "seeds \(i) and \(j)") }
    }
  }

  @Test func uniformMoments() {
    let x: Tensor<Float> = RandomSource(seed: 4).stream("u").uniform([1_000_000], in: -2...2)
    #expect(abs(x.mean()) < 4 * 1.1547 / 1000)
    #expect(abs(x.sumOfSquares() / 1e6 - 4.0 / 3) < 0.006)
    #expect(x.scalars.allSatisfy { $0 >= -2 && $0 < 2 })
  }

  @Test func normalMoments() {
    let x: Tensor<Float> = RandomSource(seed: 4).stream("n").normal(
      [1_000_001], mean: 3, standardDeviation: 2)
    #expect(abs(x.mean() - 3) < 0.008)
    let variance = x.sumOfSquares() / Double(x.count) - x.mean() * x.mean()
    #expect(abs(variance - 4) < 0.025)
    let beyond = Double(x.scalars.count { abs($0 - 3) > 4 }) / Double(x.count)
    #expect(abs(beyond - 0.0455) < 0.001, "5 % lie beyond two standard deviations")
  }

  @Test func integersAreUniform() {
    let draws = RandomSource(seed: 9).stream("i").integers(70_000, below: 7)
    for value in 0..<7 {
      #expect(abs(draws.count { $0 == value } - 10_000) < 400)
    }
  }

  @Test func permutationsAreBijectionsAndUniform() {
    let stream = RandomSource(seed: 5).stream("p")
    #expect(stream.permutation(1000).sorted() == Array(0..<1000))
    #expect(stream.permutation(1000) != stream.permutation(1000, step: 1))
    var first = [0, 0, 0, 0]
    for step in 0..<8000 { first[stream.permutation(4, step: step)[0]] += 1 }
    #expect(first.allSatisfy { abs($0 - 2000) < 200 }, "\(first)")
    #expect(stream.permutation(0).isEmpty && stream.permutation(1) == [0])
  }
}
