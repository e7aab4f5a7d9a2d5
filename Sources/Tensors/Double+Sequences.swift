import CLinearAlgebra
import Foundation

/// Plain loops for recurrent layers and layer normalisation, written from the formulas.
// The functions are documented in TensorScalar.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension Double {
  public static func gemm(
    _ m: Int, _ n: Int, _ k: Int, scale: Double, _ a: In, stride aStride: Int,
    transposed aTransposed: Bool, _ b: In, stride bStride: Int, transposed bTransposed: Bool,
    _ c: Out, stride cStride: Int, adds: Bool
  ) {
    guard m > 0, n > 0 else { return }
    BLAS.use()
    openblas_dgemm(
      aTransposed, bTransposed, Int32(m), Int32(n), Int32(k), scale, a,
      Int32(Swift.max(1, aStride)), b, Int32(Swift.max(1, bStride)), adds ? 1 : 0, c,
      Int32(cStride))
  }

  private static func logistic(_ x: Double) -> Double { 1 / (1 + Foundation.exp(-x)) }

  public static func lstmForward(
    _ rows: Int, _ units: Int, gates: Out, projection: In?, bias: In?, previous: In?, cells: Out,
    tanhCells: Out, hidden: Out
  ) {
    for row in 0..<rows {
      let z = gates + row * 4 * units
      for k in 0..<4 * units {
        z[k] += (projection?[row * 4 * units + k] ?? 0) + (bias?[k] ?? 0)
      }
      for unit in 0..<units {
        let at = row * units + unit
        let input = logistic(z[unit])
        let forget = logistic(z[units + unit])
        let candidate = Foundation.tanh(z[2 * units + unit])
        let output = logistic(z[3 * units + unit])
        cells[at] = forget * (previous?[at] ?? 0) + input * candidate
        tanhCells[at] = Foundation.tanh(cells[at])
        hidden[at] = output * tanhCells[at]
        (z[unit], z[units + unit]) = (input, forget)
        (z[2 * units + unit], z[3 * units + unit]) = (candidate, output)
      }
    }
  }
  public static func lstmBackward(
    _ rows: Int, _ units: Int, gates: In, previous: In?, tanhCells: In, dHidden: In,
    dHiddenLater: In, dCells: Out, dGates: Out
  ) {
    for row in 0..<rows {
      let gate = gates + row * 4 * units
      let dGate = dGates + row * 4 * units
      for unit in 0..<units {
        let at = row * units + unit
        let (input, forget) = (gate[unit], gate[units + unit])
        let (candidate, output) = (gate[2 * units + unit], gate[3 * units + unit])
        let dH = dHidden[at] + dHiddenLater[at]
        let dC = dCells[at] + dH * output * (1 - tanhCells[at] * tanhCells[at])
        dGate[unit] = dC * candidate * input * (1 - input)
        dGate[units + unit] = dC * (previous?[at] ?? 0) * forget * (1 - forget)
        dGate[2 * units + unit] = dC * input * (1 - candidate * candidate)
        dGate[3 * units + unit] = dH * tanhCells[at] * output * (1 - output)
        dCells[at] = dC * forget
      }
    }
  }

  public static func layerNorm(
    _ rows: Int, _ columns: Int, _ x: In, gamma: In, beta: In, epsilon: Double, _ y: Out,
    statistics: Out
  ) {
    for row in 0..<rows {
      let (x, y) = (x + row * columns, y + row * columns)
      let mean = sum(columns, x) / Double(columns)
      var squares = 0.0
      for c in 0..<columns { squares += (x[c] - mean) * (x[c] - mean) }
      let deviation = (squares / Double(columns - 1)).squareRoot()
      for c in 0..<columns { y[c] = gamma[c] * (x[c] - mean) / (deviation + epsilon) + beta[c] }
      statistics[3 * row] = mean
      statistics[3 * row + 1] = 1 / (deviation + epsilon)
      statistics[3 * row + 2] = deviation > 0 ? 1 / (Double(columns - 1) * deviation) : 0
    }
  }
  public static func layerNormGradient(
    _ rows: Int, _ columns: Int, _ x: In, statistics: In, gamma: In, _ dY: In, _ dX: Out,
    adds: Bool
  ) {
    for row in 0..<rows {
      let (x, dY, dX) = (x + row * columns, dY + row * columns, dX + row * columns)
      let (mean, inverse) = (statistics[3 * row], statistics[3 * row + 1])
      var (total, product) = (0.0, 0.0)
      for c in 0..<columns {
        total += gamma[c] * dY[c]
        product += gamma[c] * dY[c] * (x[c] - mean) * inverse
      }
      for c in 0..<columns {
        let z = (x[c] - mean) * inverse
        dX[c] =
          (adds ? dX[c] : 0) + inverse * (gamma[c] * dY[c] - total / Double(columns))
          - z * product * statistics[3 * row + 2]
      }
    }
  }
  public static func layerNormParameterGradient(
    _ rows: Int, _ columns: Int, _ x: In, statistics: In, _ dY: In, dGamma: Out, dBeta: Out
  ) {
    for row in 0..<rows {
      let (x, dY) = (x + row * columns, dY + row * columns)
      for c in 0..<columns {
        dGamma[c] += dY[c] * (x[c] - statistics[3 * row]) * statistics[3 * row + 1]
        dBeta[c] += dY[c]
      }
    }
  }
}
