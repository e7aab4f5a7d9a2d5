extension Tensor {
  /// Sum of all elements, accumulated in double precision.
  public func sum() -> Double { reduce(Scalar.sum) ?? 0 }
  /// Sum of the squares of all elements, each plus an offset, accumulated in double precision.
  public func sumOfSquares(offset: Scalar = 0) -> Double {
    reduce { Scalar.sumOfSquares($0, $1, offset: offset) } ?? 0
  }
  /// Mean of all elements; `NaN` when there are none.
  public func mean() -> Double { sum() / Double(count) }
  /// Whether no element is infinite or `NaN`.
  public var isFinite: Bool { reduce(Scalar.isFinite) ?? true }

  private func reduce<Result>(_ kernel: (Int, Scalar.In) -> Result) -> Result? {
    withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { kernel(buffer.count, $0) }
    }
  }

  /// The sum of every row, accumulated in double precision. Shapes: B×C → B.
  public func rowSums() -> [Double] {
    require(shape.rank == 2, "sums of the rows of shape \(shape)")
    let (rows, columns) = (shape[0], shape[1])
    return withUnsafeBufferPointer { x in
      (0..<rows).map { row in x.baseAddress.map { Scalar.sum(columns, $0 + row * columns) } ?? 0 }
    }
  }

  /// Adds the sum over the rows of a matrix to a vector. Shapes: B×C; vector C.
  public func addSumOfRows(to vector: inout Tensor) {
    require(shape.rank == 2 && vector.count == shape[1], "rows \(shape) into \(vector.shape)")
    let (rows, columns) = (shape[0], shape[1])
    vector.write { out, _ in read { x, _ in Scalar.sumRows(rows, columns, x, out, adds: true) } }
  }

  /// The column of the largest element of every row; the first one of equals. Shapes: B×K → B.
  public func argmaxRows() -> [Int] {
    require(shape.rank == 2 && shape[1] > 0, "argmax of the rows of shape \(shape)")
    let columns = shape[1]
    return withUnsafeBufferPointer { x in
      (0..<shape[0]).map { row in
        var best = 0
        for column in 1..<columns where x[row * columns + column] > x[row * columns + best] {
          best = column
        }
        return best
      }
    }
  }
}
