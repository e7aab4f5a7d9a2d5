extension Tensor {
  /// Adds dyᵀ x over a block of rows to the gradient of the block's weight sample.
  ///
  /// Shapes: self S×K×C; x and dY are seen as rows of length C and K.
  public mutating func addWeightGradient(x: Tensor, dY: Tensor, block: RowBlock) {
    precondition(shape.rank == 3, "weight gradients \(shape)")
    let (samples, outputs, inputs) = (shape[0], shape[1], shape[2])
    RowBlock.check(
      [block], samples: samples, inputs: inputs, outputs: outputs, x: x.shape, y: dY.shape)
    write { total, _ in
      x.read { x, _ in
        dY.read { dY, _ in
          let own = total + block.sample * outputs * inputs
          var local = block
          local.sample = 0
          Scalar.weightGradient(
            MatrixFactor(
              outputs: outputs, inputs: inputs, samples: 1, weights: own, bits: nil),
            [local], x, dY, own, adds: true)
        }
      }
    }
  }
}
