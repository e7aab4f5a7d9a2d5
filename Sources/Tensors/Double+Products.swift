// Plain loops for masked weights, OpenBLAS for plain ones.
// The functions are documented in TensorScalar.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension Double {
  public static func maskBits(
    _ rows: Int, _ columns: Int, _ logits: In, samples: Int, _ noise: RandomStream.Position,
    _ bits: UnsafeMutablePointer<UInt16>
  ) {
    let words = MaskedMatrix<Double>.wordsPerRow(columns)
    for plane in 0..<samples {
      for row in 0..<rows {
        for word in 0..<words {
          var value: UInt16 = 0
          for column in word * 16..<min(word * 16 + 16, columns) {
            let index = row * columns + column
            let draw = MaskDraw(
              logit: logits[index], word: noise.word(index: UInt64(index), sample: plane))
            if draw.isKept { value |= 1 << UInt16(column % 16) }
          }
          bits[(plane * rows + row) * words + word] = value
        }
      }
    }
  }

  public static func product(
    _ w: MatrixFactor<Double>, _ blocks: [RowBlock], _ x: In, _ y: Out, adds: Bool
  ) {
    guard w.bits != nil else { return w.multiplyPlain(blocks, x, y, adds: adds) }
    for block in blocks {
      for row in 0..<block.count {
        let xRow = x + (block.inputRow + row) * w.inputs
        let yRow = y + (block.outputRow + row) * w.outputs
        for output in 0..<w.outputs {
          var total = 0.0
          for input in 0..<w.inputs {
            total += xRow[input] * w.element(sample: block.sample, output: output, input: input)
          }
          yRow[output] = (adds ? yRow[output] : 0) + total
        }
      }
    }
  }

  public static func transposedProduct(
    _ w: MatrixFactor<Double>, _ blocks: [RowBlock], _ dY: In, _ dX: Out, adds: Bool
  ) {
    guard w.bits != nil else { return w.multiplyPlainTransposed(blocks, dY, dX, adds: adds) }
    for block in blocks {
      for row in 0..<block.count {
        let xRow = dX + (block.inputRow + row) * w.inputs
        let yRow = dY + (block.outputRow + row) * w.outputs
        for input in 0..<w.inputs {
          var total = 0.0
          for output in 0..<w.outputs {
            total += yRow[output] * w.element(sample: block.sample, output: output, input: input)
          }
          xRow[input] = (adds ? xRow[input] : 0) + total
        }
      }
    }
  }

  public static func weightGradient(
    _ w: MatrixFactor<Double>, _ blocks: [RowBlock], _ x: In, _ dY: In, _ dW: Out, adds: Bool
  ) {
    w.plainGradient(blocks, x, dY, dW, adds: adds)
  }

  public static func logitGradient(
    _ w: MatrixFactor<Double>, _ blocks: [RowBlock], _ x: In, _ dY: In,
    _ gradient: MaskGradient<Double>
  ) {
    for output in 0..<w.outputs {
      for input in 0..<w.inputs {
        let index = output * w.inputs + input
        var slope = 0.0
        for sample in 0..<w.samples {
          var g = 0.0
          for block in blocks where block.sample == sample {
            for row in 0..<block.count {
              g +=
                dY[(block.outputRow + row) * w.outputs + output]
                * x[(block.inputRow + row) * w.inputs + input]
            }
          }
          let draw = MaskDraw(
            logit: gradient.logits[index],
            word: gradient.noise.word(index: UInt64(index), sample: sample))
          slope += g * draw.slope
          if draw.isKept { gradient.frozen?[index] += g }
        }
        let old = gradient.adds ? gradient.gradient[index] : 0
        gradient.gradient[index] = old + w.weights[index] * slope
      }
    }
  }
}
