import CKernels

/// The matrix of a product as the loops see it: a weight under masks, or plain weights.
public struct MatrixFactor<Scalar: TensorScalar> {
  /// K.
  let outputs: Int
  /// C.
  let inputs: Int
  /// S.
  let samples: Int
  /// K×C; without bits, S×K×C.
  let weights: Scalar.In
  /// S planes of K rows of padded bits, or nil for plain weights.
  let bits: UnsafePointer<UInt16>?
  /// With patches, for plain weights only: the rows of inputs are not rows of x but the patches of the
  /// images x, and a block of rows is that of whole images. Gradients of patches are added to the
  /// pixels of dx.
  var patches: PatchLayout?

  /// The weight from input `input` to output `output` in a sample.
  func element(sample: Int, output: Int, input: Int) -> Scalar {
    guard let bits else { return weights[(sample * outputs + output) * inputs + input] }
    let row = (sample * outputs + output) * ml_mask_row_words(inputs)
    let isKept = bits[row + input / 16] >> UInt16(input % 16) & 1 == 1
    return isKept ? weights[output * inputs + input] : 0
  }
}

/// Where the loops put the gradient of mask logits.
public struct MaskGradient<Scalar: TensorScalar> {
  let logits: Scalar.In
  let noise: RandomStream.Position
  let gradient: Scalar.Out
  let adds: Bool
  /// Also the gradient of the frozen weight is wanted; always added.
  let frozen: Scalar.Out?
}

extension MatrixFactor {
  /// y (+)= x wᵀ through the linear-algebra library, for plain weights.
  func multiplyPlain(_ blocks: [RowBlock], _ x: Scalar.In, _ y: Scalar.Out, adds: Bool) {
    for block in blocks {
      withInputRows(block, x) { rows in
        Scalar.gemm(
          block.count, outputs, inputs, rows, false, weights + block.sample * outputs * inputs,
          true,
          y + block.outputRow * outputs, adds: adds)
      }
    }
  }

  /// dx (+)= dy w through the linear-algebra library, for plain weights.
  func multiplyPlainTransposed(
    _ blocks: [RowBlock], _ dY: Scalar.In, _ dX: Scalar.Out, adds: Bool
  ) {
    for block in blocks {
      let w = weights + block.sample * outputs * inputs
      guard let patches else {
        Scalar.gemm(
          block.count, inputs, outputs, dY + block.outputRow * outputs, false, w, false,
          dX + block.inputRow * inputs, adds: adds)
        continue
      }
      withPatchMemory(block, patches) { images, first, rows in
        Scalar.gemm(
          block.count, inputs, outputs, dY + block.outputRow * outputs, false, w, false, rows,
          adds: false)
        Scalar.addImageColumns(patches, images: images, rows, dX + first)
      }
    }
  }

  /// dw (+)= dyᵀ x through the linear-algebra library, for plain weights.
  func plainGradient(
    _ blocks: [RowBlock], _ x: Scalar.In, _ dY: Scalar.In, _ dW: Scalar.Out, adds: Bool
  ) {
    var isWritten = [Bool](repeating: adds, count: samples)
    for block in blocks {
      withInputRows(block, x) { rows in
        Scalar.gemm(
          outputs, inputs, block.count, dY + block.outputRow * outputs, true, rows, false,
          dW + block.sample * outputs * inputs, adds: isWritten[block.sample])
      }
      isWritten[block.sample] = true
    }
    for sample in 0..<samples where !isWritten[sample] {
      Scalar.fill(outputs * inputs, 0, dW + sample * outputs * inputs)
    }
  }

  /// The rows of inputs of a block: those of x, or the patches of its images, which are written out.
  private func withInputRows(_ block: RowBlock, _ x: Scalar.In, _ body: (Scalar.In) -> Void) {
    guard let patches else { return body(x + block.inputRow * inputs) }
    withPatchMemory(block, patches) { images, first, rows in
      Scalar.imageColumns(patches, images: images, x + first, rows)
      body(rows)
    }
  }

  /// Room for the patches of a block of whole images; their number and where they begin.
  private func withPatchMemory(
    _ block: RowBlock, _ patches: PatchLayout,
    _ body: (_ images: Int, _ first: Int, _ rows: Scalar.Out) -> Void
  ) {
    precondition(
      block.inputRow.isMultiple(of: patches.rows) && block.count.isMultiple(of: patches.rows),
      "\(block) of patches is not that of whole images")
    let memory = PooledMemory(byteCount: block.count * inputs * MemoryLayout<Scalar>.stride)
    withExtendedLifetime(memory) {
      body(
        block.count / patches.rows, block.inputRow / patches.rows * patches.pixels,
        memory.base.assumingMemoryBound(to: Scalar.self))
    }
  }
}
