import CLinearAlgebra

extension Tensor where Scalar == Float {
  /// The orthogonal factor Q of a square matrix A = QR, with the signs of R's diagonal made
  /// positive, so that a matrix of independent normals gives a uniformly distributed orthogonal
  /// matrix.
  ///
  /// Shapes: n×n → n×n. Complexity: O(n³), LAPACK's `sgeqrf` and `sorgqr`.
  /// Reference: Mezzadri: How to generate random matrices from the classical compact groups, 2007.
  /// PyTorch equivalent: `nn.init.orthogonal_` up to the draw.
  public func orthogonalFactor() -> Tensor {
    require(shape.rank == 2 && shape[0] == shape[1], "orthogonal factor of shape \(shape)")
    let n = Int32(shape[0])
    guard n > 0 else { return self }
    BLAS.use()
    var factor = self
    var reflectors = [Float](repeating: 0, count: shape[0])
    var signs = [Float](repeating: 1, count: shape[0])
    factor.write { a, _ in
      var status = lapacke_sgeqrf_rows(n, n, a, n, &reflectors)
      require(status == 0, "sgeqrf: argument \(-status) is invalid")
      for i in 0..<Int(n) where a[i * Int(n) + i] < 0 { signs[i] = -1 }
      status = lapacke_sorgqr_rows(n, n, n, a, n, reflectors)
      require(status == 0, "sorgqr: argument \(-status) is invalid")
      for i in 0..<Int(n) * Int(n) { a[i] *= signs[i % Int(n)] }
    }
    return factor
  }
}
