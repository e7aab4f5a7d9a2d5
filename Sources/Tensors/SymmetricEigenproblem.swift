import CLinearAlgebra

/// Eigenvalues of a symmetric matrix, from the largest, and their eigenvectors.
public struct Eigenpairs: Sendable {
  /// From the largest.
  public var values: [Double]
  /// One for each value, of Euclidean norm 1.
  public var vectors: [[Double]]

  /// Pairs that were found.
  public init(values: [Double], vectors: [[Double]]) {
    self.values = values
    self.vectors = vectors
  }
}

/// Eigenvalues and eigenvectors of symmetric matrices in double precision.
public enum SymmetricEigenproblem {
  /// The Lanczos iteration has not converged.
  public struct NotConverged: Error, CustomStringConvertible {
    /// How many eigenpairs were wanted.
    public let count: Int
    /// The order of the matrix.
    public let order: Int
    /// Restarts of the iteration.
    public let iterations: Int
    /// The largest ‖Av − λv‖ found, nil when ARPACK gave up before there were vectors.
    public let residual: Double?

    /// What was not found.
    public init(count: Int, order: Int, iterations: Int, residual: Double?) {
      self.count = count
      self.order = order
      self.iterations = iterations
      self.residual = residual
    }

    /// One sentence without a full stop.
    public var description: String {
      let end = residual.map { "a residual of \($0) is left" } ?? "it was given up"
      return "ARPACK did not find the \(count) largest eigenvalues of a matrix of order \(order): "
        + "after \(iterations) iterations \(end)"
    }
  }

  /// A pair whose residual is larger than this is none.
  public static let largestResidual = 1e-10

  /// The largest eigenvalues of a matrix that is only known by its products, by ARPACK.
  ///
  /// - Parameters:
  ///   - count: how many; 2·count + 1 is at most the order.
  ///   - start: where the iteration starts; of the matrix's order, random.
  ///   - restarts: how often the iteration is restarted at most.
  ///   - multiply: writes A x to y, both of the matrix's order.
  /// - Throws: ``NotConverged`` when a residual is above ``largestResidual``.
  /// - Complexity: O(order·count) memory.
  public static func largest(
    _ count: Int, start: [Double], restarts: Int,
    multiply: (_ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>) -> Void
  ) throws(NotConverged) -> Eigenpairs {
    let order = start.count
    let basis = max(2 * count + 1, 20)
    require(count > 0 && basis <= order, "\(count) eigenpairs of order \(order)")
    load()
    var values = [Double](repeating: 0, count: count)
    var flat = [Double](repeating: 0, count: count * order)
    var iterations: Int32 = 0
    let status = withoutActuallyEscaping(multiply) { multiply in
      var product = Product(multiply: multiply)
      return withUnsafeMutablePointer(to: &product) { product in
        arpack_largest(
          Int32(order), Int32(count), Int32(basis), Int32(restarts), start,
          { context, x, y in
            guard let context, let x, let y else { return }
            context.assumingMemoryBound(to: Product.self).pointee.multiply(x, y)
          }, product, &values, &flat, &iterations)
      }
    }
    require(status >= 0, "ARPACK refused its arguments: \(status)")
    var residual: Double?
    if status == 0 {
      residual = (0..<count).reduce(0) { worst, pair in
        max(worst, residualNorm(flat[(pair * order)...].prefix(order), values[pair], multiply))
      }
    }
    guard let residual, residual <= largestResidual else {
      throw NotConverged(
        count: count, order: order, iterations: Int(iterations), residual: residual)
    }
    let vectors = (0..<count).map { Array(flat[($0 * order)..<(($0 + 1) * order)]) }
    return Eigenpairs(values: values.reversed(), vectors: vectors.reversed())
  }

  /// All eigenpairs of a matrix, n×n by rows, by LAPACK's `dsyev`. O(n³).
  public static func all(of matrix: [Double], order: Int) -> Eigenpairs {
    require(matrix.count == order * order, "\(matrix.count) numbers of order \(order)")
    load()
    var columns = matrix
    var values = [Double](repeating: 0, count: order)
    let status = lapacke_dsyev_rows(Int32(order), &columns, &values)
    require(status == 0, "dsyev: \(status)")
    let vectors = (0..<order).map { pair in (0..<order).map { columns[$0 * order + pair] } }
    return Eigenpairs(values: values.reversed(), vectors: vectors.reversed())
  }

  // MARK: - Parts

  private struct Product {
    let multiply: (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  }

  private static func residualNorm(
    _ vector: ArraySlice<Double>, _ value: Double,
    _ multiply: (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  ) -> Double {
    let vector = Array(vector)
    var product = [Double](repeating: 0, count: vector.count)
    multiply(vector, &product)
    return zip(product, vector).reduce(0) { sum, pair in
      let difference = pair.0 - value * pair.1
      return sum + difference * difference
    }.squareRoot()
  }

  private static func load() {
    BLAS.use()
    if let problem = arpack_load() {
      fatalError(
        "ARPACK cannot be loaded: \(String(cString: problem)). Install the package libarpack2")
    }
  }
}

extension BLAS {
  /// y += op(A) x with A m×n by rows, in double precision.
  public static func addProduct(
    _ matrix: UnsafePointer<Double>, rows: Int, columns: Int, transposed: Bool,
    _ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>
  ) {
    use()
    openblas_dgemv(transposed, Int32(rows), Int32(columns), matrix, x, y)
  }

  /// C = A Bᵀ with A m×k and B n×k by rows, in double precision.
  public static func product(
    _ a: UnsafePointer<Double>, rows: Int, _ b: UnsafePointer<Double>, columns: Int, inner: Int,
    into c: UnsafeMutablePointer<Double>
  ) {
    use()
    openblas_dgemm(
      false, true, Int32(rows), Int32(columns), Int32(inner), 1, a, Int32(inner), b,
      Int32(inner), 0, c, Int32(columns))
  }
}
