import CKernels

// The products of the C kernels, where the level has fused multiply-adds; at the base level products
// without masks go through OpenBLAS.
// The functions are documented in TensorScalar.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension Float {
  private static var kernels: UnsafePointer<ml_kernels> { KernelTable.active }

  public static func product(
    _ w: WeightMatrix<Float>, _ blocks: [RowBlock], _ x: In, _ y: Out, adds: Bool
  ) {
    guard w.goesThroughKernels else { return w.multiplyByLibrary(blocks, x, y, adds: adds) }
    w.withKernelOperand(blocks, needsWorkspace: true) { matrix, count, blocks, workspace in
      kernels.pointee.product(matrix, count, blocks, x, y, adds ? 1 : 0, workspace)
    }
  }

  public static func inputGradient(
    _ w: WeightMatrix<Float>, _ blocks: [RowBlock], _ dY: In, _ dX: Out, adds: Bool
  ) {
    guard w.goesThroughKernels else {
      return w.multiplyTransposedByLibrary(blocks, dY, dX, adds: adds)
    }
    w.withKernelOperand(blocks, needsWorkspace: w.masks == nil || w.patches != nil) {
      matrix, count, blocks, workspace in
      kernels.pointee.input_gradient(matrix, count, blocks, dY, dX, adds ? 1 : 0, workspace)
    }
  }

  public static func weightGradient(
    _ w: WeightMatrix<Float>, _ blocks: [RowBlock], _ x: In, _ dY: In, to: WeightGradient<Float>
  ) {
    guard w.goesThroughKernels else { return w.weightGradientByLibrary(blocks, x, dY, to: to) }
    w.withKernelOperand(blocks, needsWorkspace: true) { matrix, count, blocks, workspace in
      guard let masks = w.masks else {
        var target = to.kernelTarget(nil)
        kernels.pointee.weight_gradient(matrix, count, blocks, x, dY, &target, workspace)
        return
      }
      masks.logits.read { logits, _ in
        masks.noise.withKernelMasks(logits) { masks in
          var target = to.kernelTarget(masks)
          kernels.pointee.weight_gradient(matrix, count, blocks, x, dY, &target, workspace)
        }
      }
    }
  }

  public static func sparseProduct(
    _ a: SparseMatrix<Float>, slices: Int, width: Int, _ x: In, _ y: Out
  ) {
    a.ends.withUnsafeBufferPointer { ends in
      a.places.withUnsafeBufferPointer { places in
        a.values.withUnsafeBufferPointer { values in
          var matrix = ml_sparse_matrix(
            rows: a.rows, columns: a.columns, ends: ends.baseAddress, places: places.baseAddress,
            values: values.baseAddress)
          kernels.pointee.sparse_product(&matrix, slices, width, x, y)
        }
      }
    }
  }

  public static func maskBits(
    _ rows: Int, _ columns: Int, samples: Int, _ logits: In, _ noise: MaskNoise,
    _ bits: UnsafeMutablePointer<UInt16>
  ) {
    noise.withKernelMasks(logits) { masks in
      kernels.pointee.mask_bits(rows, columns, samples, masks, bits)
    }
  }

  public static func maskGradient(
    _ rows: Int, _ columns: Int, _ logits: In, _ noise: MaskNoise, _ w: In, samples: Int,
    _ dW: In, stride: Int, to: WeightGradient<Float>
  ) {
    noise.withKernelMasks(logits) { masks in
      var target = to.kernelTarget(masks)
      kernels.pointee.mask_gradient(rows, columns, w, samples, dW, stride, &target)
    }
  }
}

extension WeightGradient<Float> {
  fileprivate func kernelTarget(_ masks: UnsafePointer<ml_masks>?) -> ml_weight_gradient {
    ml_weight_gradient(
      masks: masks, weight: weight?.start, adds_to_weight: weight?.adds == true ? 1 : 0,
      logits: logits?.start, adds_to_logits: logits?.adds == true ? 1 : 0)
  }
}

extension MaskNoise {
  fileprivate func withKernelMasks(
    _ logits: UnsafePointer<Float>, _ body: (UnsafePointer<ml_masks>) -> Void
  ) {
    withAddress(rowNumbers) { rows in
      withAddress(columnNumbers) { columns in
        var masks = ml_masks(
          logits: logits, stream: position.kernelStream, row_length: rowLength, row_numbers: rows,
          column_numbers: columns)
        body(&masks)
      }
    }
  }

  private func withAddress(_ numbers: [UInt32]?, _ body: (UnsafePointer<UInt32>?) -> Void) {
    guard let numbers else { return body(nil) }
    numbers.withUnsafeBufferPointer { body($0.baseAddress) }
  }
}

extension WeightMatrix<Float> {
  fileprivate var goesThroughKernels: Bool {
    !usesLinearAlgebra && (masks != nil || KernelLevel.active.hasFusedMultiplyAdd)
      && samples <= Int(ML_MAXIMUM_SAMPLES)
  }

  fileprivate func withKernelOperand(
    _ blocks: [RowBlock], needsWorkspace: Bool,
    _ body: (
      UnsafePointer<ml_weight_matrix>, Int, UnsafePointer<ml_row_block>?,
      UnsafeMutablePointer<Float>?
    ) -> Void
  ) {
    let kernelBlocks = blocks.map {
      ml_row_block(
        sample: $0.sample, input_row: $0.inputRow, output_row: $0.outputRow, count: $0.count)
    }
    let layout = patches?.kernelLayout
    withOptionalPointer(to: layout) { patches in
      weights.read { weights, _ in
        kernelBlocks.withUnsafeBufferPointer { blocks in
          var matrix = ml_weight_matrix(
            outputs: outputs, inputs: inputs, samples: samples, weights: weights,
            bits: masks?.words, patches: patches)
          guard needsWorkspace else { return body(&matrix, blocks.count, blocks.baseAddress, nil) }
          let floats = KernelTable.active.pointee.product_workspace(
            &matrix, blocks.count, blocks.baseAddress)
          let workspace = PooledMemory(byteCount: floats * MemoryLayout<Float>.stride)
          withExtendedLifetime(workspace) {
            body(
              &matrix, blocks.count, blocks.baseAddress,
              workspace.base.assumingMemoryBound(to: Float.self))
          }
        }
      }
    }
  }

  private func withOptionalPointer<Item>(
    to item: Item?, _ body: (UnsafePointer<Item>?) -> Void
  ) {
    guard let item else { return body(nil) }
    withUnsafePointer(to: item) { body($0) }
  }
}
