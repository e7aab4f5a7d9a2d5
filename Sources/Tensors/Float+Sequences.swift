import CKernels
import CLinearAlgebra

/// The C kernels of recurrent layers and layer normalisation.
// The functions are documented in TensorScalar.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension Float {
  private static var kernels: UnsafePointer<ml_kernels> { KernelTable.active }

  public static func gemm(
    _ m: Int, _ n: Int, _ k: Int, scale: Float, _ a: In, stride aStride: Int,
    transposed aTransposed: Bool, _ b: In, stride bStride: Int, transposed bTransposed: Bool,
    _ c: Out, stride cStride: Int, adds: Bool
  ) {
    guard m > 0, n > 0 else { return }
    BLAS.use()
    openblas_sgemm(
      aTransposed, bTransposed, Int32(m), Int32(n), Int32(k), scale, a,
      Int32(max(1, aStride)), b, Int32(max(1, bStride)), adds ? 1 : 0, c, Int32(cStride))
  }

  public static func lstmForward(
    _ rows: Int, _ units: Int, gates: Out, projection: In?, bias: In?, previous: In?, cells: Out,
    tanhCells: Out, hidden: Out
  ) {
    kernels.pointee.lstm_forward(
      rows, units, gates, projection, bias, previous, cells, tanhCells, hidden)
  }
  public static func lstmBackward(
    _ rows: Int, _ units: Int, gates: In, previous: In?, tanhCells: In, dHidden: In,
    dHiddenLater: In, dCells: Out, dGates: Out
  ) {
    kernels.pointee.lstm_backward(
      rows, units, gates, previous, tanhCells, dHidden, dHiddenLater, dCells, dGates)
  }

  public static func layerNorm(
    _ rows: Int, _ columns: Int, _ x: In, gamma: In, beta: In, epsilon: Float, _ y: Out,
    statistics: Out
  ) {
    kernels.pointee.layer_norm(rows, columns, x, gamma, beta, epsilon, y, statistics)
  }
  public static func layerNormGradient(
    _ rows: Int, _ columns: Int, _ x: In, statistics: In, gamma: In, _ dY: In, _ dX: Out,
    adds: Bool
  ) {
    kernels.pointee.layer_norm_gradient(
      rows, columns, x, statistics, gamma, dY, dX, adds ? 1 : 0)
  }
  public static func layerNormParameterGradient(
    _ rows: Int, _ columns: Int, _ x: In, statistics: In, _ dY: In, dGamma: Out, dBeta: Out
  ) {
    kernels.pointee.layer_norm_parameter_gradient(
      rows, columns, x, statistics, dY, dGamma, dBeta)
  }
}
