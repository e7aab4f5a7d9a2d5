import Tensors
import TestSupport
import Testing

@Suite struct LiveBlockTests {
  @Test func `rows and columns with a number above the bound stay`() {
    let numbers = Tensor<Float>(
      [
        -20, -20, -20, -20,
        -20, 1, -20, -18,
        -20, -20, -20, -17,
      ], shape: [3, 4])
    let whole = LiveBlock(of: [3, 4], rows: [0, 1, 2], columns: [0, 1, 2, 3])
    #expect(whole.share == 1)
    let block = whole.shrunk(to: numbers, above: -18)
    #expect(block.rows == [1, 2] && block.columns == [1, 3] && block.share == 4.0 / 12)
    // What lies outside the block does not count any more.
    var later = numbers
    later[flat: 0] = 5
    later[1, 1] = -30
    let smaller = block.shrunk(to: later, above: -18)
    #expect(smaller.rows == [2] && smaller.columns == [3])
    later.fill(-40)
    #expect(smaller.shrunk(to: later, above: -18).share == 0)
  }

  @Test func `elements are read and written in their places`() {
    var x = Tensor<Double>((0..<12).map(Double.init), shape: [2, 2, 3])
    #expect(x.elements(rows: [3, 0], columns: [0, 2]).scalars == [9, 11, 0, 2])
    x.add(Tensor([36, 90], shape: [2, 1]), rows: [1, 3], columns: [1])
    #expect(x.scalars == [0, 1, 2, 3, 40, 5, 6, 7, 8, 9, 100, 11])
    x.put(Tensor([70, 71], shape: [1, 2]), rows: [2], columns: [0, 1], clears: true)
    #expect(x.scalars == [0, 1, 2, 3, 40, 5, 70, 71, 0, 9, 100, 11])
    x.put(Tensor([80, 81], shape: [1, 2]), rows: [0], columns: [2, 1])
    #expect(x.scalars == [0, 81, 80, 3, 40, 5, 70, 71, 0, 9, 100, 11])
  }

  @Test func `packed blocks follow each other`() {
    let (blocks, inputs, outputs) = RowBlock.packed([
      RowBlock(sample: 1, inputRow: 5, outputRow: 0, count: 2),
      RowBlock(sample: 0, inputRow: 1, outputRow: 4, count: 1),
    ])
    #expect(inputs == [5, 6, 1] && outputs == [0, 1, 4])
    #expect(
      blocks == [
        RowBlock(sample: 1, inputRow: 0, outputRow: 0, count: 2),
        RowBlock(sample: 0, inputRow: 2, outputRow: 2, count: 1),
      ])
  }
}
