import CKernels

/// S samples of a masked weight, of which only the weight and one bit per element and sample exist in
/// memory.
///
/// The products expand the bits where they multiply. The gradient of the logits is computed block by
/// block together with the gradient of the masked weight, which never exists as a whole either; the
/// noise is drawn again from its position.
///
/// Compared with ``Tensor/sampledMasks(logits:samples:noise:)`` and matrix products, the masks have
/// the same bits, and floating-point results differ by rounding.
///
/// Shapes: weight and logits K×C; inputs and outputs are seen as rows of length C and K.
public struct MaskedMatrix<Scalar: TensorScalar>: Sendable {
  /// More samples than this are not supported.
  public static var maximumSamples: Int { Int(ML_MAXIMUM_SAMPLES) }

  /// K×C.
  public let weight: Tensor<Scalar>
  /// Like the weight; the masks were drawn from them.
  public let logits: Tensor<Scalar>
  /// K.
  public let outputs: Int
  /// C.
  public let inputs: Int
  /// S.
  public let samples: Int
  private let noise: RandomStream.Position
  private let bitMemory: PooledMemory

  /// Draws S masks; see ``MaskDraw``.
  ///
  /// - Precondition: rank 2, equal shapes, fewer than 2³² elements, 1…``maximumSamples`` samples.
  public init(
    weight: Tensor<Scalar>, logits: Tensor<Scalar>, samples: Int, noise: RandomStream.Position
  ) {
    precondition(
      weight.shape.rank == 2 && weight.shape == logits.shape && weight.count < 1 << 32
        && samples >= 1 && samples <= Self.maximumSamples,
      "\(samples) masks of a weight \(weight.shape) by logits \(logits.shape)")
    self.weight = weight
    self.logits = logits
    self.samples = samples
    self.noise = noise
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    self.outputs = outputs
    self.inputs = inputs
    bitMemory = PooledMemory(
      byteCount: samples * outputs * Self.wordsPerRow(inputs) * MemoryLayout<UInt16>.size)
    logits.read { logits, _ in
      Scalar.maskBits(
        outputs, inputs, logits, samples: samples, noise,
        bitMemory.base.assumingMemoryBound(to: UInt16.self))
    }
  }

  /// Rows of bits are padded to full words of sixteen.
  static func wordsPerRow(_ inputs: Int) -> Int { ml_mask_row_words(inputs) }

  /// Which elements every sample keeps, S×K×C in row-major order.
  public var bits: [Bool] {
    let (rows, columns) = (samples * outputs, inputs)
    let words = bitMemory.base.assumingMemoryBound(to: UInt16.self)
    let wordsPerRow = Self.wordsPerRow(columns)
    var result: [Bool] = []
    result.reserveCapacity(rows * columns)
    for row in 0..<rows {
      for column in 0..<columns {
        result.append(words[row * wordsPerRow + column / 16] >> UInt16(column % 16) & 1 == 1)
      }
    }
    return result
  }

  private func factor(_ weight: Scalar.In) -> MatrixFactor<Scalar> {
    MatrixFactor(
      outputs: outputs, inputs: inputs, samples: samples, weights: weight,
      bits: UnsafePointer(bitMemory.base.assumingMemoryBound(to: UInt16.self)))
  }

  /// y (+)= x (w ⊙ mₛ)ᵀ for the rows of the blocks; other rows of y stay as they are.
  public func multiply(
    _ x: Tensor<Scalar>, into y: inout Tensor<Scalar>, blocks: [RowBlock], adds: Bool
  ) {
    check(blocks, x: x.shape, y: y.shape)
    weight.read { w, _ in
      x.read { x, _ in
        y.write { y, _ in Scalar.product(factor(w), blocks, x, y, adds: adds) }
      }
    }
  }

  /// dx (+)= dy (w ⊙ mₛ) for the rows of the blocks; other rows of dx stay as they are.
  public func multiplyTransposed(
    _ dY: Tensor<Scalar>, into dX: inout Tensor<Scalar>, blocks: [RowBlock], adds: Bool
  ) {
    check(blocks, x: dX.shape, y: dY.shape)
    weight.read { w, _ in
      dY.read { dY, _ in
        dX.write { dX, _ in Scalar.transposedProduct(factor(w), blocks, dY, dX, adds: adds) }
      }
    }
  }

  /// dLogits (+)= w ⊙ Σₛ Gₛ ⊙ s(1 − s), straight through, with Gₛ = dyᵀ x over the rows of sample s.
  public func logitGradient(
    x: Tensor<Scalar>, dY: Tensor<Scalar>, blocks: [RowBlock], into dLogits: inout Tensor<Scalar>,
    adds: Bool
  ) {
    logitGradient(x: x, dY: dY, blocks: blocks, into: &dLogits, adds: adds, frozen: nil)
  }

  /// As ``logitGradient(x:dY:blocks:into:adds:)``, and adds Σₛ Gₛ ⊙ mₛ, the gradient of the frozen
  /// weight, to `dWeight`.
  public func logitGradient(
    x: Tensor<Scalar>, dY: Tensor<Scalar>, blocks: [RowBlock], into dLogits: inout Tensor<Scalar>,
    adds: Bool, addingTo dWeight: inout Tensor<Scalar>
  ) {
    precondition(dWeight.shape == weight.shape, "gradient \(dWeight.shape) of \(weight.shape)")
    dWeight.write { dWeight, _ in
      logitGradient(x: x, dY: dY, blocks: blocks, into: &dLogits, adds: adds, frozen: dWeight)
    }
  }

  private func logitGradient(
    x: Tensor<Scalar>, dY: Tensor<Scalar>, blocks: [RowBlock], into dLogits: inout Tensor<Scalar>,
    adds: Bool, frozen: Scalar.Out?
  ) {
    check(blocks, x: x.shape, y: dY.shape)
    precondition(dLogits.shape == weight.shape, "gradient \(dLogits.shape) of \(weight.shape)")
    weight.read { w, _ in
      logits.read { logits, _ in
        x.read { x, _ in
          dY.read { dY, _ in
            dLogits.write { dLogits, _ in
              Scalar.logitGradient(
                factor(w), blocks, x, dY,
                MaskGradient(
                  logits: logits, noise: noise, gradient: dLogits, adds: adds, frozen: frozen))
            }
          }
        }
      }
    }
  }

  private func check(_ blocks: [RowBlock], x: Shape, y: Shape) {
    RowBlock.check(
      blocks, samples: samples, inputs: inputs, outputs: outputs, x: x, y: y)
  }
}
