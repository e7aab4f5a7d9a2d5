/// The products through the linear-algebra library: patches and masked weights are written out, a block
/// or a sample at a time. `Double` has no other way; for `Float` it is the one of the base level, and a
/// check of the kernels on all others.
extension WeightMatrix {
  /// y (+)= x wₛᵀ.
  func multiplyByLibrary(
    _ blocks: [RowBlock], _ x: Scalar.In, _ y: Scalar.Out, adds: Bool
  ) {
    let parts =
      patches.map { patches in blocks.flatMap { patches.parts(of: $0, as: Scalar.self) } } ?? blocks
    forEachSample(of: parts) { w, blocks in
      for block in blocks {
        withInputRows(block, x) { rows in
          Scalar.gemm(
            block.count, outputs, inputs, rows, false, w, true, y + block.outputRow * outputs,
            adds: adds)
        }
      }
    }
  }

  /// dx (+)= dy wₛ; gradients of patches are always added to the pixels.
  func multiplyTransposedByLibrary(
    _ blocks: [RowBlock], _ dY: Scalar.In, _ dX: Scalar.Out, adds: Bool
  ) {
    forEachSample(of: blocks) { w, blocks in
      for block in blocks {
        let from = dY + block.outputRow * outputs
        guard let patches else {
          Scalar.gemm(
            block.count, inputs, outputs, from, false, w, false, dX + block.inputRow * inputs,
            adds: adds)
          continue
        }
        withPatchMemory(block, patches) { images, first, rows in
          Scalar.gemm(block.count, inputs, outputs, from, false, w, false, rows, adds: false)
          Scalar.addImageColumns(patches, images: images, rows, dX + first)
        }
      }
    }
  }

  /// dwₛ = dyᵀ x, or what follows from it for masks.
  func weightGradientByLibrary(
    _ blocks: [RowBlock], _ x: Scalar.In, _ dY: Scalar.In, to: WeightGradient<Scalar>
  ) {
    finishGradient(to) { each in
      var isWritten = [Bool](repeating: each.adds, count: samples)
      for block in blocks {
        withInputRows(block, x) { rows in
          Scalar.gemm(
            outputs, inputs, block.count, dY + block.outputRow * outputs, true, rows, false,
            each.start + block.sample * outputs * inputs, adds: isWritten[block.sample])
        }
        isWritten[block.sample] = true
      }
      for sample in 0..<samples where !isWritten[sample] {
        Scalar.fill(outputs * inputs, 0, each.start + sample * outputs * inputs)
      }
    }
  }

  /// Calls `body` with the weight of every sample and the blocks that it serves.
  private func forEachSample(
    of blocks: [RowBlock], _ body: (_ weight: Scalar.In, _ blocks: [RowBlock]) -> Void
  ) {
    weights.read { w, _ in
      for sample in 0..<samples {
        let own = blocks.filter { $0.sample == sample }
        guard let masks else {
          body(w + sample * outputs * inputs, own)
          continue
        }
        var masked = Tensor<Scalar>(uninitialized: [outputs, inputs])
        masked.write { masked, _ in
          for row in 0..<outputs {
            for column in 0..<inputs {
              let isKept = masks.keeps(sample: sample, row: row, column: column)
              masked[row * inputs + column] = isKept ? w[row * inputs + column] : 0
            }
          }
          body(masked, own)
        }
      }
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
    let images = patches.images(of: block)
    var rows = Tensor<Scalar>(uninitialized: [block.count, inputs])
    rows.write { rows, _ in body(images.count, images.lowerBound * patches.pixels, rows) }
  }
}
