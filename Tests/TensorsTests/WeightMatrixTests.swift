import Tensors
import TestSupport
import Testing

/// Products that expand mask bits equal products with masked copies, at every level, for shapes that
/// no block size divides.
@Suite struct WeightMatrixTests {
  static let levels = KernelLevel.allCases.filter(\.isAvailable)

  static let problems =
    (0..<18).map(Problem.init(random:)) + [
      Problem(1, 1, samples: 1, rows: 1), Problem(1, 1, samples: 4, rows: 0),
      Problem(12, 128, samples: 4, rows: 32), Problem(24, 48, samples: 4, rows: 16),
      Problem(13, 257, samples: 2, rows: 33), Problem(200, 49, samples: 1, rows: 130),
      // Panels of several samples at a time, more than one group of weight rows.
      Problem(101, 203, samples: 3, rows: 70),
      // The gradient of the weight takes the rows of a sample in portions, the last of them short.
      Problem(37, 101, samples: 3, rows: 301), Problem(64, 96, samples: 1, rows: 513),
      // Such a sample beside one with few rows and one without.
      Problem(
        21, 50, samples: 3,
        blocks: [
          RowBlock(sample: 2, inputRow: 7, outputRow: 0, count: 150),
          RowBlock(sample: 0, inputRow: 160, outputRow: 150, count: 9),
          RowBlock(sample: 2, inputRow: 170, outputRow: 161, count: 210),
        ], inputRows: 380, outputRows: 371),
    ]

  /// So large that memory is fetched ahead, and that the columns need more than one pass.
  static let large = Problem(1031, 1021, samples: 1, rows: 70)

  @Test(arguments: problems) func `bits are those of the elementwise kernel`(_ problem: Problem) {
    let masked = problem.weight.sampledMasks(
      logits: problem.logits, samples: problem.samples, noise: problem.noise)
    #expect(!problem.weight.scalars.contains(0))
    for level in Self.levels {
      let matrix = level.use { problem.matrix }
      let bits = matrix.keptElements
      #expect(bits.count == masked.count)
      let differing = zip(bits, masked.scalars).filter { $0 != ($1 != 0) }.count
      #expect(differing == 0, "level \(level)")
    }
  }

  @Test(arguments: problems + [large]) func `products equal loops over masked copies`(
    _ problem: Problem
  ) {
    let oracle = Oracle(problem)
    let start = problem.draw([problem.outputRows, problem.outputs], -1...1, 4)
    for adds in [false, true] {
      let expected = oracle.product(start, adds: adds)
      for level in Self.levels {
        let actual = level.use { () -> Tensor<Float> in
          var y = start
          problem.matrix.multiply(problem.x, into: &y, blocks: problem.blocks, adds: adds)
          return y
        }
        #expect(relativeError(actual, expected) <= 1e-5, "level \(level)")
      }
    }
  }

  @Test(arguments: problems + [large]) func `transposed products equal loops`(_ problem: Problem) {
    let oracle = Oracle(problem)
    let start = problem.draw([problem.inputRows, problem.inputs], -1...1, 5)
    for adds in [false, true] {
      let expected = oracle.transposedProduct(start, adds: adds)
      for level in Self.levels {
        let actual = level.use { () -> Tensor<Float> in
          var dX = start
          problem.matrix.multiplyTransposed(
            problem.dY, into: &dX, blocks: problem.blocks, adds: adds)
          return dX
        }
        #expect(relativeError(actual, expected) <= 1e-5, "level \(level)")
      }
    }
  }

  @Test(arguments: problems + [large]) func `logit gradients equal the closed form`(
    _ problem: Problem
  ) {
    let count = problem.outputs * problem.inputs
    let oracle = Oracle(problem)
    let (weight, logits) = (problem.weight.scalars, problem.logits.scalars)
    let (masked, gradients) = (oracle.masked.scalars, oracle.gradients.scalars)
    let start = problem.draw([problem.outputs, problem.inputs], -1...1, 6)
    for adds in [false, true] {
      var (expected, frozen) = (start.scalars.map(Double.init), start.scalars.map(Double.init))
      for i in 0..<count {
        var slope = 0.0
        for sample in 0..<problem.samples {
          let g = gradients[sample * count + i]
          let word = problem.noise.word(index: UInt64(i), sample: sample)
          slope += g * MaskDraw(logit: Double(logits[i]), word: word).slope
          if masked[sample * count + i] != 0 { frozen[i] += g }
        }
        expected[i] = (adds ? expected[i] : 0) + Double(weight[i]) * slope
      }
      let expectedGradient = Tensor(expected, shape: start.shape)
      let expectedFrozen = Tensor(frozen, shape: start.shape)
      for level in Self.levels {
        level.use {
          var (alone, beside, frozenGradient, frozenAlone) = (start, start, start, start)
          let matrix = problem.matrix
          matrix.logitGradient(
            x: problem.x, dY: problem.dY, blocks: problem.blocks, into: &alone, adds: adds)
          matrix.gradients(
            x: problem.x, dY: problem.dY, blocks: problem.blocks, intoWeight: &frozenGradient,
            adds: true, intoLogits: &beside, adds: adds)
          matrix.weightGradient(
            x: problem.x, dY: problem.dY, blocks: problem.blocks, into: &frozenAlone, adds: true)
          #expect(relativeError(alone, expectedGradient) <= 1e-5, "level \(level)")
          #expect(beside == alone, "level \(level)")
          #expect(relativeError(frozenGradient, expectedFrozen) <= 1e-5, "level \(level)")
          #expect(frozenAlone == frozenGradient, "level \(level)")
        }
      }
    }
  }

  @Test(arguments: problems + [large]) func `plain weights equal products of matrices`(
    _ problem: Problem
  ) {
    let (k, c, samples) = (problem.outputs, problem.inputs, problem.samples)
    let weights = problem.draw([samples, k, c], -1...1, 7)
    let (startY, startX, startW) = (
      problem.draw([problem.outputRows, k], -1...1, 8),
      problem.draw([problem.inputRows, c], -1...1, 9), problem.draw([samples, k, c], -1...1, 10)
    )
    /// The three products one after the other in one tensor each.
    func results<Scalar>(_ adds: Bool, _ type: Scalar.Type) -> [Tensor<Scalar>] {
      var (y, dX, dW) = (
        startY.converted(to: type), startX.converted(to: type), startW.converted(to: type)
      )
      let (x, dY) = (problem.x.converted(to: type), problem.dY.converted(to: type))
      let plain = WeightMatrix(weights.converted(to: type))
      plain.multiply(x, into: &y, blocks: problem.blocks, adds: adds)
      plain.multiplyTransposed(dY, into: &dX, blocks: problem.blocks, adds: adds)
      plain.weightGradient(x: x, dY: dY, blocks: problem.blocks, into: &dW, adds: adds)
      return [y, dX, dW]
    }
    for adds in [false, true] {
      let expected = results(adds, Double.self)
      for level in Self.levels {
        for (actual, expected) in zip(level.use { results(adds, Float.self) }, expected) {
          #expect(relativeError(actual, expected) <= 1e-5, "level \(level)")
        }
      }
    }
  }

  /// A chain of fused multiply-adds in the same order: AVX2 and AVX-512 agree bit for bit.
  @Test(arguments: problems + [large]) func `levels with fused multiply-adds agree exactly`(
    _ problem: Problem
  ) {
    func results() -> [Tensor<Float>] {
      let matrix = problem.matrix
      var y = Tensor<Float>(zeros: [problem.outputRows, problem.outputs])
      var dX = Tensor<Float>(zeros: [problem.inputRows, problem.inputs])
      var dL = Tensor<Float>(zeros: [problem.outputs, problem.inputs])
      matrix.multiply(problem.x, into: &y, blocks: problem.blocks, adds: false)
      matrix.multiplyTransposed(problem.dY, into: &dX, blocks: problem.blocks, adds: false)
      matrix.logitGradient(
        x: problem.x, dY: problem.dY, blocks: problem.blocks, into: &dL, adds: false)
      return [y, dX, dL]
    }
    let fused = Self.levels.filter(\.hasFusedMultiplyAdd)
    guard let first = fused.first else { return }
    let expected = first.use(results)
    for level in fused { #expect(level.use(results) == expected, "level \(level)") }
  }

  /// Products that ask for the linear-algebra library are its products, at every level: the kernels
  /// that they check have no part in them.
  @Test func `the linear-algebra library is another way at every level`() {
    let problem = Problem(101, 203, samples: 3, rows: 70)
    let weights = problem.draw([3, 101, 203], -1...1, 7)
    let (x, dY) = (
      problem.x.reshaped(to: [3, 70, 203]), problem.dY.reshaped(to: [3, 70, 101])
    )
    var (y, dX, dW) = (dY, x, weights)
    Tensor.matrixProduct(x, transposed: false, weights, transposed: true, into: &y)
    Tensor.matrixProduct(dY, transposed: false, weights, transposed: false, into: &dX)
    Tensor.matrixProduct(dY, transposed: true, x, transposed: false, into: &dW)
    for level in Self.levels {
      level.use {
        let matrix = WeightMatrix(weights, usesLinearAlgebra: true)
        var found = [dY, x, weights]
        matrix.multiply(x, into: &found[0], blocks: problem.blocks, adds: false)
        matrix.multiplyTransposed(dY, into: &found[1], blocks: problem.blocks, adds: false)
        matrix.weightGradient(x: x, dY: dY, blocks: problem.blocks, into: &found[2], adds: false)
        #expect(found == [y, dX, dW], "\(level)")
      }
    }
  }

  @Test func `rows outside the tensors are refused`() async {
    await #expect(processExitsWith: .failure) {
      let problem = Problem(3, 4, samples: 1, rows: 2)
      var y = Tensor<Float>(zeros: [1, 3])
      problem.matrix.multiply(problem.x, into: &y, blocks: problem.blocks, adds: false)
    }
  }

  @Test func `a sample that does not exist is refused`() async {
    await #expect(processExitsWith: .failure) {
      let problem = Problem(3, 4, samples: 1, rows: 2)
      var y = Tensor<Float>(zeros: [2, 3])
      let block = RowBlock(sample: 1, inputRow: 0, outputRow: 0, count: 1)
      problem.matrix.multiply(problem.x, into: &y, blocks: [block], adds: false)
    }
  }
}
