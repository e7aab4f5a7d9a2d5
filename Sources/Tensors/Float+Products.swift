import CKernels

// The products of the C kernels, where the level has fused multiply-adds; at the base level plain
// weights go through OpenBLAS.
// The functions are documented in TensorScalar.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension Float {
  private static var kernels: UnsafePointer<ml_kernels> { KernelTable.active }

  public static func maskBits(
    _ rows: Int, _ columns: Int, _ logits: In, samples: Int, _ noise: RandomStream.Position,
    _ bits: UnsafeMutablePointer<UInt16>
  ) {
    var stream = noise.kernelStream
    kernels.pointee.mask_bits(rows, columns, logits, samples, &stream, bits)
  }

  public static func product(
    _ w: MatrixFactor<Float>, _ blocks: [RowBlock], _ x: In, _ y: Out, adds: Bool
  ) {
    guard w.goesThroughKernels else { return w.multiplyPlain(blocks, x, y, adds: adds) }
    w.withKernelOperands(blocks, needsWorkspace: true) { matrix, count, blocks, workspace in
      kernels.pointee.masked_product(matrix, count, blocks, x, y, adds ? 1 : 0, workspace)
    }
  }

  public static func transposedProduct(
    _ w: MatrixFactor<Float>, _ blocks: [RowBlock], _ dY: In, _ dX: Out, adds: Bool
  ) {
    guard w.goesThroughKernels else {
      return w.multiplyPlainTransposed(blocks, dY, dX, adds: adds)
    }
    w.withKernelOperands(blocks, needsWorkspace: w.patches != nil) {
      matrix, count, blocks, workspace in
      kernels.pointee.masked_transposed_product(
        matrix, count, blocks, dY, dX, adds ? 1 : 0, workspace)
    }
  }

  public static func weightGradient(
    _ w: MatrixFactor<Float>, _ blocks: [RowBlock], _ x: In, _ dY: In, _ dW: Out, adds: Bool
  ) {
    guard w.goesThroughKernels else { return w.plainGradient(blocks, x, dY, dW, adds: adds) }
    w.withKernelOperands(blocks, needsWorkspace: true) { matrix, count, blocks, workspace in
      kernels.pointee.weight_gradient(matrix, count, blocks, x, dY, dW, adds ? 1 : 0, workspace)
    }
  }

  public static func logitGradient(
    _ w: MatrixFactor<Float>, _ blocks: [RowBlock], _ x: In, _ dY: In,
    _ gradient: MaskGradient<Float>
  ) {
    var target = gradient.kernelTarget
    w.withKernelOperands(blocks, needsWorkspace: true) { matrix, count, blocks, workspace in
      kernels.pointee.masked_gradient(matrix, &target, count, blocks, x, dY, workspace)
    }
  }
}

extension MaskGradient<Float> {
  var kernelTarget: ml_mask_gradient {
    ml_mask_gradient(
      logits: logits, stream: noise.kernelStream, gradient: gradient, adds: adds ? 1 : 0,
      frozen: frozen)
  }
}

extension MatrixFactor<Float> {
  fileprivate var goesThroughKernels: Bool {
    (bits != nil || KernelLevel.active.hasFusedMultiplyAdd)
      && samples <= Int(ML_MAXIMUM_SAMPLES)
  }

  fileprivate func withKernelOperands(
    _ blocks: [RowBlock], needsWorkspace: Bool,
    _ body: (
      UnsafePointer<ml_masked_matrix>, Int, UnsafePointer<ml_row_block>?,
      UnsafeMutablePointer<Float>?
    ) -> Void
  ) {
    var layout = patches?.kernelLayout ?? ml_patches()
    withUnsafePointer(to: &layout) { layout in
      var matrix = ml_masked_matrix(
        outputs: outputs, inputs: inputs, samples: samples, weights: weights, bits: bits,
        patches: patches == nil ? nil : layout)
      withKernelOperands(&matrix, blocks, needsWorkspace: needsWorkspace, body)
    }
  }

  private func withKernelOperands(
    _ matrix: inout ml_masked_matrix, _ blocks: [RowBlock], needsWorkspace: Bool,
    _ body: (
      UnsafePointer<ml_masked_matrix>, Int, UnsafePointer<ml_row_block>?,
      UnsafeMutablePointer<Float>?
    ) -> Void
  ) {
    let kernelBlocks = blocks.map {
      ml_row_block(
        sample: $0.sample, input_row: $0.inputRow, output_row: $0.outputRow, count: $0.count)
    }
    kernelBlocks.withUnsafeBufferPointer { kernelBlocks in
      let start = kernelBlocks.baseAddress
      guard needsWorkspace else { return body(&matrix, kernelBlocks.count, start, nil) }
      let floats = KernelTable.active.pointee.product_workspace(&matrix, kernelBlocks.count, start)
      let workspace = PooledMemory(byteCount: floats * MemoryLayout<Float>.stride)
      withExtendedLifetime(workspace) {
        body(
          &matrix, kernelBlocks.count, start, workspace.base.assumingMemoryBound(to: Float.self))
      }
    }
  }
}
