import CKernels

// Products through OpenBLAS, and plain loops for masks.
// The functions are documented in TensorScalar.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension Double {
  public static func product(
    _ w: WeightMatrix<Double>, _ blocks: [RowBlock], _ x: In, _ y: Out, adds: Bool
  ) {
    w.multiplyByLibrary(blocks, x, y, adds: adds)
  }

  public static func inputGradient(
    _ w: WeightMatrix<Double>, _ blocks: [RowBlock], _ dY: In, _ dX: Out, adds: Bool
  ) {
    w.multiplyTransposedByLibrary(blocks, dY, dX, adds: adds)
  }

  public static func weightGradient(
    _ w: WeightMatrix<Double>, _ blocks: [RowBlock], _ x: In, _ dY: In, to: WeightGradient<Double>
  ) {
    w.weightGradientByLibrary(blocks, x, dY, to: to)
  }

  public static func sparseProduct(
    _ a: SparseMatrix<Double>, slices: Int, width: Int, _ x: In, _ y: Out
  ) {
    y.update(repeating: 0, count: slices * a.rows * width)
    for slice in 0..<slices {
      var first = 0
      for (row, end) in a.ends.enumerated() {
        for element in first..<Int(end) {
          for column in 0..<width {
            y[(slice * a.rows + row) * width + column] +=
              a.values[element] * x[(slice * a.columns + Int(a.places[element])) * width + column]
          }
        }
        first = Int(end)
      }
    }
  }

  public static func maskBits(
    _ rows: Int, _ columns: Int, samples: Int, _ logits: In, _ noise: MaskNoise,
    _ bits: UnsafeMutablePointer<UInt16>
  ) {
    let words = ml_mask_row_words(columns)
    bits.update(repeating: 0, count: samples * rows * words)
    for sample in 0..<samples {
      for row in 0..<rows {
        for column in 0..<columns {
          let draw = MaskDraw(
            logit: logits[row * columns + column],
            word: noise.word(row: row, column: column, sample: sample))
          guard draw.isKept else { continue }
          bits[(sample * rows + row) * words + column / 16] |= 1 << UInt16(column % 16)
        }
      }
    }
  }

  public static func maskGradient(
    _ rows: Int, _ columns: Int, _ logits: In, _ noise: MaskNoise, _ w: In, samples: Int,
    _ dW: In, stride: Int, to: WeightGradient<Double>
  ) {
    for row in 0..<rows {
      for column in 0..<columns {
        let i = row * columns + column
        var (kept, slope) = (0.0, 0.0)
        for sample in 0..<samples {
          let draw = MaskDraw(
            logit: logits[i], word: noise.word(row: row, column: column, sample: sample))
          slope += dW[sample * stride + i] * draw.slope
          if draw.isKept { kept += dW[sample * stride + i] }
        }
        if let weight = to.weight {
          weight.start[i] = (weight.adds ? weight.start[i] : 0) + kept
        }
        if let logits = to.logits {
          logits.start[i] = (logits.adds ? logits.start[i] : 0) + w[i] * slope
        }
      }
    }
  }
}
