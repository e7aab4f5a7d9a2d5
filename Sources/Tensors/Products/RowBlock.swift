/// Contiguous rows that one weight sample maps.
public struct RowBlock: Sendable, Hashable {
  /// The weight sample that serves the rows.
  public var sample: Int
  /// The first row among the inputs.
  public var inputRow: Int
  /// The first row among the outputs.
  public var outputRow: Int
  /// The number of rows.
  public var count: Int

  /// A block of rows.
  public init(sample: Int, inputRow: Int, outputRow: Int, count: Int) {
    self.sample = sample
    self.inputRow = inputRow
    self.outputRow = outputRow
    self.count = count
  }

  /// All rows of values that a weight without samples serves.
  public init(all count: Int) {
    self.init(sample: 0, inputRow: 0, outputRow: 0, count: count)
  }

  /// Stops the program unless all blocks lie within the rows of x and y.
  public static func check(
    _ blocks: [RowBlock], samples: Int, inputs: Int, outputs: Int, x: Shape, y: Shape
  ) {
    require(
      x.rank > 0 && y.rank > 0 && x[x.rank - 1] == inputs && y[y.rank - 1] == outputs,
      "a map from \(inputs) to \(outputs) for values \(x) and \(y)")
    let (rowsX, rowsY) = (rows(of: x), rows(of: y))
    for block in blocks {
      require(
        block.sample >= 0 && block.sample < samples && block.inputRow >= 0 && block.outputRow >= 0
          && block.count >= 0 && block.inputRow + block.count <= rowsX
          && block.outputRow + block.count <= rowsY,
        "\(block) of \(samples) samples for values \(x) and \(y)")
    }
  }

  private static func rows(of shape: Shape) -> Int {
    var rows = 1
    for axis in 0..<shape.rank - 1 { rows *= shape[axis] }
    return rows
  }
}
