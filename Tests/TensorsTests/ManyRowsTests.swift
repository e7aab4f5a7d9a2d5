import Tensors
import Testing

/// Products of many rows are computed another way than those of few rows, with the same bits.
@Suite struct ManyRowsTests {
  static let levels = KernelLevel.allCases.filter(\.isAvailable)

  /// Widths that no tile divides, one that all divide, and less than one register.
  @Test(arguments: levels, [(13, 7), (64, 200), (70, 259), (3, 33)])
  func manyRowsEqualFewRows(_ level: KernelLevel, _ size: (outputs: Int, inputs: Int)) {
    let (outputs, inputs) = size
    let source = RandomSource(seed: 3)
    func draw(_ name: String, _ shape: Shape) -> Tensor<Float> {
      source.stream(name).uniform(shape, in: -1...1, step: 0)
    }
    let weight = draw("weight", [outputs, inputs])
    let x = draw("x", [3 * 301, inputs])
    let start = draw("y", [3 * 301, outputs])
    let blocks = [0, 2, 1].map {
      RowBlock(sample: $0, inputRow: $0 * 301, outputRow: (2 - $0) * 301, count: 301)
    }
    var operands = [
      WeightMatrix(
        weight, logits: draw("logits", weight.shape), samples: 3,
        noise: source.stream("masks").at(step: 0))
    ]
    // At the base level the linear-algebra library multiplies weights without masks.
    if level != .base { operands.append(WeightMatrix(draw("samples", [3, outputs, inputs]))) }
    level.use {
      for operand in operands {
        for adds in [false, true] {
          var (together, apart) = (start, start)
          operand.multiply(x, into: &together, blocks: blocks, adds: adds)
          for block in blocks {
            for row in stride(from: 0, to: block.count, by: 43) {
              let part = RowBlock(
                sample: block.sample, inputRow: block.inputRow + row,
                outputRow: block.outputRow + row, count: 43)
              operand.multiply(x, into: &apart, blocks: [part], adds: adds)
            }
          }
          #expect(together == apart)
        }
      }
    }
  }
}
