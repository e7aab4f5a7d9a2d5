/// The rows and columns of a weight that masks may still keep something of: all that products need.
///
/// A weight whose logit is low enough is never kept; see ``MaskDraw/neverKeptLogit``. Rows and columns
/// of such weights alone give nothing but zeros to products, so that the products of the other rows and
/// columns are those of the whole weight to the last bit.
public struct LiveBlock: Sendable, Hashable {
  /// K×C, the shape of the whole weight.
  public let shape: Shape
  /// Numbers of the live rows, ascending.
  public let rows: [Int]
  /// Numbers of the live columns, ascending.
  public let columns: [Int]

  /// Some rows and columns of a weight K×C.
  public init(of shape: Shape, rows: [Int], columns: [Int]) {
    require(
      shape.rank == 2 && Self.areNumbers(rows, below: shape[0])
        && Self.areNumbers(columns, below: shape[1]),
      "\(rows.count) rows and \(columns.count) columns of \(shape)")
    self.shape = shape
    self.rows = rows
    self.columns = columns
  }

  private static func areNumbers(_ numbers: [Int], below bound: Int) -> Bool {
    numbers.allSatisfy((0..<bound).contains) && zip(numbers, numbers.dropFirst()).allSatisfy(<)
  }

  /// K'×C', the shape of what lies in the block.
  public var elementShape: Shape { [rows.count, columns.count] }

  /// The share of the weight's elements that lie in the block, 0…1.
  public var share: Double { Double(elementShape.count) / Double(max(shape.count, 1)) }

  /// The rows and columns of the block in which a number of the block is above a bound.
  ///
  /// - Parameters:
  ///   - numbers: of the whole weight.
  ///   - bound: the bound.
  public func shrunk<Scalar: TensorScalar>(
    to numbers: Tensor<Scalar>, above bound: Scalar
  ) -> LiveBlock {
    require(numbers.shape == shape, "numbers \(numbers.shape) for a weight \(shape)")
    var isLive = (rows: rows.map { _ in false }, columns: columns.map { _ in false })
    numbers.withUnsafeBufferPointer {
      findLive($0, above: bound, width: shape[1], rows, columns, &isLive.rows, &isLive.columns)
    }
    return LiveBlock(
      of: shape, rows: zip(rows, isLive.rows).filter(\.1).map(\.0),
      columns: zip(columns, isLive.columns).filter(\.1).map(\.0))
  }
}

extension Tensor {
  /// The elements of some rows and columns, which rows count over all axes but the last.
  public func elements(rows: [Int], columns: [Int]) -> Tensor {
    var result = Tensor(uninitialized: [rows.count, columns.count])
    withUnsafeBufferPointer { x in
      result.withUnsafeMutableBufferPointer {
        copyElements(x, width: shape[shape.rank - 1], rows, columns, to: $0)
      }
    }
    return result
  }

  /// Sets the elements of some rows and columns.
  ///
  /// - Parameters:
  ///   - elements: one for every row and column.
  ///   - rows: counted over all axes but the last.
  ///   - columns: of the last axis.
  ///   - clears: whether all other elements of the rows become 0; otherwise they stay.
  public mutating func put(
    _ elements: Tensor, rows: [Int], columns: [Int], clears: Bool = false
  ) {
    let width = shape[shape.rank - 1]
    withUnsafeMutableBufferPointer { y in
      elements.withUnsafeBufferPointer {
        putElements($0, width: width, rows, columns, clears: clears, to: y)
      }
    }
  }

  /// Adds to the elements of some rows and columns.
  public mutating func add(_ elements: Tensor, rows: [Int], columns: [Int]) {
    let width = shape[shape.rank - 1]
    withUnsafeMutableBufferPointer { y in
      elements.withUnsafeBufferPointer { addElements($0, width: width, rows, columns, to: y) }
    }
  }
}

extension Tensor {
  /// The elements of a block of a weight. Shapes: K×C → K'×C'.
  public func elements(of block: LiveBlock) -> Tensor {
    require(shape == block.shape, "a block of \(block.shape) of a weight \(shape)")
    return elements(rows: block.rows, columns: block.columns)
  }

  /// Sets the elements of a block of a weight K×C to numbers K'×C'.
  public mutating func put(_ elements: Tensor, in block: LiveBlock) {
    require(
      shape == block.shape && elements.shape == block.elementShape,
      "a block \(elements.shape) of \(block.shape) for a weight \(shape)")
    put(elements, rows: block.rows, columns: block.columns)
  }
}

extension RowBlock {
  /// Blocks whose rows follow each other without gaps, and the rows that these are of the inputs and of
  /// the outputs.
  public static func packed(
    _ blocks: [RowBlock]
  ) -> (blocks: [RowBlock], inputs: [Int], outputs: [Int]) {
    var (packed, inputs, outputs): ([RowBlock], [Int], [Int]) = ([], [], [])
    for block in blocks {
      packed.append(
        RowBlock(
          sample: block.sample, inputRow: inputs.count, outputRow: outputs.count,
          count: block.count))
      inputs += block.inputRow..<block.inputRow + block.count
      outputs += block.outputRow..<block.outputRow + block.count
    }
    return (packed, inputs, outputs)
  }
}

// Loops are compiled for both element types: through witnesses they take a hundred times as long.

@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
private func findLive<Scalar: TensorScalar>(
  _ numbers: UnsafeBufferPointer<Scalar>, above bound: Scalar, width: Int, _ rows: [Int],
  _ columns: [Int], _ liveRows: inout [Bool], _ liveColumns: inout [Bool]
) {
  for (i, row) in rows.enumerated() {
    for (j, column) in columns.enumerated() where numbers[row * width + column] > bound {
      liveRows[i] = true
      liveColumns[j] = true
    }
  }
}

@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
private func copyElements<Scalar: TensorScalar>(
  _ x: UnsafeBufferPointer<Scalar>, width: Int, _ rows: [Int], _ columns: [Int],
  to block: UnsafeMutableBufferPointer<Scalar>
) {
  forEachElement(width, rows, columns) { block[$1] = x[$0] }
}

@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
private func putElements<Scalar: TensorScalar>(
  _ block: UnsafeBufferPointer<Scalar>, width: Int, _ rows: [Int], _ columns: [Int], clears: Bool,
  to y: UnsafeMutableBufferPointer<Scalar>
) {
  if clears {
    for row in rows { y[row * width..<(row + 1) * width].update(repeating: 0) }
  }
  forEachElement(width, rows, columns) { y[$0] = block[$1] }
}

@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
private func addElements<Scalar: TensorScalar>(
  _ block: UnsafeBufferPointer<Scalar>, width: Int, _ rows: [Int], _ columns: [Int],
  to y: UnsafeMutableBufferPointer<Scalar>
) {
  forEachElement(width, rows, columns) { y[$0] += block[$1] }
}

/// The places of elements in the whole and in the block.
@inline(__always)
private func forEachElement(
  _ width: Int, _ rows: [Int], _ columns: [Int], _ body: (_ whole: Int, _ block: Int) -> Void
) {
  columns.withUnsafeBufferPointer { columns in
    var start = 0
    for row in rows {
      let first = row * width
      for j in 0..<columns.count { body(first + columns[j], start + j) }
      start += columns.count
    }
  }
}
