extension Tensor {
  /// Matrix product through OpenBLAS: C = A B, or C += A B.
  ///
  /// Shapes: A m×k (k×m when transposed), B k×n (n×k when transposed), C m×n. With rank 3 all three
  /// have the same leading extent S, and the S products are independent.
  /// - Precondition: the shapes fit.
  public static func matrixProduct(
    _ a: Tensor, transposed aTransposed: Bool, _ b: Tensor, transposed bTransposed: Bool,
    into c: inout Tensor, adds: Bool = false
  ) {
    let rank = c.shape.rank
    require(
      (rank == 2 || rank == 3) && a.shape.rank == rank && b.shape.rank == rank,
      "matrix product of shapes \(a.shape) and \(b.shape) into \(c.shape)")
    let (m, n) = (c.shape[rank - 2], c.shape[rank - 1])
    let k = a.shape[aTransposed ? rank - 2 : rank - 1]
    require(
      a.shape[aTransposed ? rank - 1 : rank - 2] == m
        && b.shape[bTransposed ? rank - 1 : rank - 2] == k
        && b.shape[bTransposed ? rank - 2 : rank - 1] == n
        && (rank == 2 || (a.shape[0] == c.shape[0] && b.shape[0] == c.shape[0])),
      "matrix product of shapes \(a.shape) and \(b.shape) into \(c.shape)")
    let batches = rank == 3 ? c.shape[0] : 1
    c.write { out, _ in
      a.withUnsafeBufferPointer { x in
        b.withUnsafeBufferPointer { y in
          guard let x = x.baseAddress, let y = y.baseAddress else { return }
          for batch in 0..<batches {
            Scalar.gemm(
              m, n, k, x + batch * m * k, aTransposed, y + batch * k * n, bTransposed,
              out + batch * m * n, adds: adds)
          }
        }
      }
    }
  }

  /// The product of two matrices. Shapes: m×k, k×n → m×n.
  public func matrixProduct(_ other: Tensor) -> Tensor {
    require(shape.rank == 2 && other.shape.rank == 2, "shapes \(shape) and \(other.shape)")
    var result = Tensor(uninitialized: [shape[0], other.shape[1]])
    Tensor.matrixProduct(self, transposed: false, other, transposed: false, into: &result)
    return result
  }

  /// The transpose of a matrix. Shapes: m×n → n×m.
  public func transposed() -> Tensor {
    require(shape.rank == 2, "transpose of shape \(shape)")
    return permutingAxes([1, 0])
  }

  /// The elements seen as matrices rows×columns that follow each other, each transposed.
  ///
  /// - Precondition: the number of elements is a multiple of rows·columns, which is not 0.
  public func transposingEach(rows: Int, columns: Int) -> Tensor {
    require(
      rows > 0 && columns > 0 && count.isMultiple(of: rows * columns),
      "matrices \(rows)×\(columns) in shape \(shape)")
    var result = Tensor(uninitialized: shape)
    result.write { y, n in
      read { x, _ in Scalar.transposeEach(n / (rows * columns), rows, columns, x, y) }
    }
    return result
  }

  /// The tensor with its axes in another order: axis `a` of the result is axis `order[a]` of this
  /// one.
  public func permutingAxes(_ order: [Int]) -> Tensor {
    require(order.sorted() == Array(0..<shape.rank), "axis order \(order) for shape \(shape)")
    var strides = [Int](repeating: 1, count: shape.rank)
    for axis in stride(from: shape.rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    let newShape = Shape(order.map { shape[$0] })
    let newStrides = order.map { strides[$0] }
    var result = Tensor(uninitialized: newShape)
    guard count > 0, shape.rank > 0 else { return count > 0 ? self : result }
    let inner = newShape[newShape.rank - 1]
    let innerStride = newStrides[newShape.rank - 1]
    result.write { out, n in
      read { x, _ in
        var index = [Int](repeating: 0, count: newShape.rank)
        var source = 0
        for start in stride(from: 0, to: n, by: inner) {
          for i in 0..<inner { out[start + i] = x[source + i * innerStride] }
          // Next index of the outer axes, like an odometer.
          var axis = newShape.rank - 2
          while axis >= 0 {
            index[axis] += 1
            source += newStrides[axis]
            if index[axis] < newShape[axis] { break }
            source -= newStrides[axis] * newShape[axis]
            index[axis] = 0
            axis -= 1
          }
        }
      }
    }
    return result
  }
}
