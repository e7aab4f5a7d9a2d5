import Tensors
import Testing

extension WeightMatrixTests {
  /// One problem: a weight, its logits, and rows in blocks.
  struct Problem: CustomTestStringConvertible {
    let outputs: Int
    let inputs: Int
    let samples: Int
    let blocks: [RowBlock]
    let inputRows: Int
    let outputRows: Int

    var testDescription: String { "\(outputs)×\(inputs), \(samples) samples, \(blocks)" }
    var weight: Tensor<Float> { draw([outputs, inputs], -1...1, 0) }
    var logits: Tensor<Float> { draw([outputs, inputs], -3...3, 1) }
    var x: Tensor<Float> { draw([inputRows, inputs], -1...1, 2) }
    var dY: Tensor<Float> { draw([outputRows, outputs], -1...1, 3) }
    let noise = RandomSource(seed: 11).stream("masks").at(step: 5, part: 1 << 16)

    func draw(_ shape: Shape, _ range: ClosedRange<Float>, _ step: Int) -> Tensor<Float> {
      RandomSource(seed: 10).stream("\(outputs) \(inputs)").uniform(shape, in: range, step: step)
    }

    var matrix: WeightMatrix<Float> {
      WeightMatrix(weight, logits: logits, samples: samples, noise: noise)
    }

    /// Equal contiguous blocks.
    init(_ outputs: Int, _ inputs: Int, samples: Int, rows: Int) {
      self.init(
        outputs, inputs, samples: samples,
        blocks: (0..<samples).map {
          RowBlock(sample: $0, inputRow: $0 * rows, outputRow: $0 * rows, count: rows)
        }, inputRows: samples * rows, outputRows: samples * rows)
    }

    init(
      _ outputs: Int, _ inputs: Int, samples: Int, blocks: [RowBlock], inputRows: Int,
      outputRows: Int
    ) {
      self.outputs = outputs
      self.inputs = inputs
      self.samples = samples
      self.blocks = blocks
      self.inputRows = inputRows
      self.outputRows = outputRows
    }

    /// Random sizes; every third problem has several blocks per sample, some of them empty.
    init(random index: Int) {
      let stream = RandomSource(seed: 12).stream("problem \(index)")
      let sizes = stream.integers(3, below: 60)
      let samples = [1, 2, 3, 4, 5, 8][index % 6]
      guard index % 3 == 2 else {
        self.init(
          sizes[0] + 1, sizes[1] + 1, samples: samples, rows: sizes[2] % 40)
        return
      }
      let counts = stream.integers(2 * samples, below: 7, step: 1)
      let places = stream.permutation(2 * samples, step: 2)
      var blocks: [RowBlock] = []
      var row = 3
      for place in places {
        blocks.append(
          RowBlock(
            sample: place % samples, inputRow: row, outputRow: row + 2, count: counts[place]))
        row += counts[place] + 1
      }
      self.init(
        sizes[0] + 1, sizes[1] + 1, samples: samples, blocks: blocks, inputRows: row,
        outputRows: row + 2)
    }
  }

  /// Double precision through the linear-algebra library, with the masked copies of the elementwise
  /// kernel.
  struct Oracle {
    let problem: Problem
    let masked: Tensor<Double>

    init(_ problem: Problem) {
      self.problem = problem
      masked = problem.weight.sampledMasks(
        logits: problem.logits, samples: problem.samples, noise: problem.noise
      ).converted(to: Double.self)
    }

    func product(_ y: Tensor<Float>, adds: Bool) -> Tensor<Double> {
      var result = y.converted(to: Double.self)
      WeightMatrix(masked).multiply(
        problem.x.converted(to: Double.self), into: &result, blocks: problem.blocks, adds: adds)
      return result
    }

    func transposedProduct(_ dX: Tensor<Float>, adds: Bool) -> Tensor<Double> {
      var result = dX.converted(to: Double.self)
      WeightMatrix(masked).multiplyTransposed(
        problem.dY.converted(to: Double.self), into: &result, blocks: problem.blocks, adds: adds)
      return result
    }

    /// dyᵀ x of every sample.
    var gradients: Tensor<Double> {
      var result = Tensor<Double>(zeros: masked.shape)
      WeightMatrix(masked).weightGradient(
        x: problem.x.converted(to: Double.self), dY: problem.dY.converted(to: Double.self),
        blocks: problem.blocks, into: &result, adds: true)
      return result
    }
  }
}
