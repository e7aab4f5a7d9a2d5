/// A matrix that is mostly zero: products take as long as it has other elements.
///
/// Every result is one chain of multiply-adds in the order of the columns, so that it has the bits of a
/// product with the full matrix where that is computed so too.
public struct SparseMatrix<Scalar: TensorScalar>: Sendable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// Of each row, where its elements end.
  let ends: [UInt32]
  /// The column of each element, ascending within a row.
  let places: [UInt32]
  /// The elements.
  let values: [Scalar]

  /// The elements of a full matrix, or of its transpose, that are not zero.
  ///
  /// - Precondition: a matrix of fewer than 2³² elements.
  public init(_ matrix: Tensor<Double>, transposed: Bool = false) {
    require(matrix.shape.rank == 2 && matrix.count < 1 << 32, "a matrix of shape \(matrix.shape)")
    let width = matrix.shape[1]
    let (rows, columns) = transposed ? (width, matrix.shape[0]) : (matrix.shape[0], width)
    var ends: [UInt32] = []
    var places: [UInt32] = []
    var values: [Double] = []
    matrix.withUnsafeBufferPointer { elements in
      for row in 0..<rows {
        for column in 0..<columns {
          let value = elements[transposed ? column * width + row : row * width + column]
          guard value != 0 else { continue }
          places.append(UInt32(column))
          values.append(value)
        }
        ends.append(UInt32(places.count))
      }
    }
    (self.rows, self.columns) = (rows, columns)
    (self.ends, self.places) = (ends, places)
    self.values = values.map { Scalar($0) }
  }

  /// The products with many matrices.
  ///
  /// Shapes: x B×…, of which each slice is seen as `columns`×n → B·`rows` × n.
  ///
  /// - Parameters:
  ///   - x: the matrices.
  ///   - width: n.
  public func timesEach(_ x: Tensor<Scalar>, width: Int) -> Tensor<Scalar> {
    let slices = x.shape[0]
    require(
      slices * columns * width == x.count,
      "\(rows)×\(columns) times \(slices) matrices in \(x.shape)")
    var y = Tensor<Scalar>(uninitialized: [slices * rows, width])
    x.read { x, _ in
      y.write { y, _ in Scalar.sparseProduct(self, slices: slices, width: width, x, y) }
    }
    return y
  }
}
