import CKernels

/// The operand of a network's products: a weight, or S samples of it, from which masks may select,
/// applied to rows or to the patches of images.
///
/// y (+)= x wₛᵀ, dx (+)= dy wₛ, and the gradient of the weight or of what it is made from, dwₛ = dyᵀ x,
/// for blocks of rows, each of which one sample serves.
///
/// * **Selection.** Without masks all elements count. Under masks only the weight and one bit for every
///   element and sample exist in memory: the products expand the bits where they multiply. The
///   gradient of the logits is computed block by block together with that of the masked weight, which
///   never exists as a whole either (of a kernel it does, once per sample, while it is computed); the
///   noise is drawn again from its position.
/// * **Rows.** A matrix multiplies rows of length C. A kernel multiplies the patches of images, see
///   ``over(_:)``: products read them where they lie in the padded images, and gradients are added to
///   the pixels tile by tile, so that patches never exist as a whole.
///
/// Compared with ``Tensor/sampledMasks(logits:samples:noise:)`` and products of copies, the masks have
/// the same bits, and floating-point results differ by rounding.
///
/// Shapes: weight K×C or S×K×C, or a kernel K×C×R×R or S×K×C×R×R as in PyTorch; inputs and outputs are
/// seen as rows of length C (of a kernel R·R·C) and K.
public struct WeightMatrix<Scalar: TensorScalar>: Sendable {
  /// K.
  public let outputs: Int
  /// C; of a kernel R·R·C.
  public let inputs: Int
  /// S.
  public internal(set) var samples: Int
  /// S×K×C, under masks K×C, in the order of ``WeightLayout``.
  let weights: Tensor<Scalar>
  /// The masks that select from the weight; nil when all elements count.
  var masks: SampledBits<Scalar>?
  /// Where rows of inputs are patches; nil where they are rows.
  var patches: PatchLayout?
  /// Whether the linear-algebra library computes the products, on masked copies if need be.
  let usesLinearAlgebra: Bool
  let layout: WeightLayout

  /// More samples than this are not supported under masks.
  public static var maximumMaskSamples: Int { Int(ML_MAXIMUM_SAMPLES) }

  /// The products with a weight, or with samples of it.
  ///
  /// - Parameters:
  ///   - weight: K×C or S×K×C, or a kernel K×C×R×R or S×K×C×R×R.
  ///   - usesLinearAlgebra: whether OpenBLAS multiplies, at every level of the kernels: an independent
  ///     check of these.
  public init(_ weight: Tensor<Scalar>, usesLinearAlgebra: Bool = false) {
    layout = WeightLayout(weight.shape)
    (outputs, inputs, samples) = (layout.outputs, layout.inputs, layout.samples)
    weights = layout.ordered(weight)
    self.usesLinearAlgebra = usesLinearAlgebra
  }

  /// The products with a weight under S fresh masks; see ``MaskDraw``.
  ///
  /// - Parameters:
  ///   - weight: K×C, or a kernel K×C×R×R.
  ///   - logits: like the weight.
  ///   - samples: S, 1…``maximumMaskSamples``.
  ///   - noise: decides about element i of the weight in row-major order with its block i, as in
  ///     ``Tensor/sampledMasks(logits:samples:noise:)``.
  /// - Precondition: fewer than 2³² elements.
  public init(
    _ weight: Tensor<Scalar>, logits: Tensor<Scalar>, samples: Int, noise: RandomStream.Position
  ) {
    require(
      (weight.shape.rank == 2 || weight.shape.rank == 4) && weight.shape == logits.shape
        && weight.count < 1 << 32 && samples >= 1 && samples <= Self.maximumMaskSamples,
      "\(samples) masks of a weight \(weight.shape) by logits \(logits.shape)")
    layout = WeightLayout(weight.shape)
    (outputs, inputs) = (layout.outputs, layout.inputs)
    self.samples = samples
    weights = layout.ordered(weight)
    masks = SampledBits(
      outputs: outputs, inputs: inputs, samples: samples, logits: layout.ordered(logits),
      noise: MaskNoise(noise, rowLength: inputs, columnNumbers: layout.columnNumbers))
    usesLinearAlgebra = false
  }

  /// The products with the live block of a weight K×C under S fresh masks: K'×C', whose elements keep
  /// the noise that they have in the whole weight.
  ///
  /// - Parameters:
  ///   - elements: of the block, K'×C'.
  ///   - block: where they lie in the weight.
  ///   - logits: like the elements.
  ///   - samples: S, 1…``maximumMaskSamples``.
  ///   - noise: as without a block.
  /// - Precondition: fewer than 2³² elements.
  public init(
    _ elements: Tensor<Scalar>, in block: LiveBlock, logits: Tensor<Scalar>, samples: Int,
    noise: RandomStream.Position
  ) {
    require(
      elements.shape == block.elementShape && logits.shape == elements.shape
        && block.shape.count < 1 << 32 && samples >= 1 && samples <= Self.maximumMaskSamples,
      "\(samples) masks of a block \(elements.shape) of a weight \(block.shape) by logits "
        + "\(logits.shape)")
    let (rows, columns) = (block.rows, block.columns)
    weights = elements
    layout = WeightLayout(weights.shape)
    (outputs, inputs) = (rows.count, columns.count)
    self.samples = samples
    masks = SampledBits(
      outputs: outputs, inputs: inputs, samples: samples, logits: logits,
      noise: MaskNoise(
        noise, rowLength: block.shape[1], rowNumbers: rows.map { UInt32($0) },
        columnNumbers: columns.map { UInt32($0) }))
    usesLinearAlgebra = false
  }

  /// The same weight, applied to the patches of images.
  ///
  /// The rows of a block are then those of whole images. Patches of one pixel each are the rows of the
  /// images themselves.
  ///
  /// - Precondition: a kernel of the patches' extent and as many channels as the images have.
  public func over(_ patches: PatchLayout) -> WeightMatrix {
    require(
      layout.shape.rank >= 4 && layout.channels == patches.channels && layout.taps == patches.taps,
      "a kernel \(layout.shape) for patches of \(patches.channels) channels and "
        + "\(patches.taps) pixels")
    var matrix = self
    matrix.patches = patches.arePixels ? nil : patches
    return matrix
  }

  /// Which elements every sample keeps, S×(shape of the weight) in row-major order.
  public var keptElements: [Bool] {
    guard let masks else { return [Bool](repeating: true, count: weights.count) }
    let places = layout.columnNumbers ?? (0..<UInt32(inputs)).map { $0 }
    var kept = [Bool](repeating: false, count: samples * outputs * inputs)
    for sample in 0..<samples {
      for row in 0..<outputs {
        for (column, place) in places.enumerated() {
          kept[(sample * outputs + row) * inputs + Int(place)] = masks.keeps(
            sample: sample, row: row, column: column)
        }
      }
    }
    return kept
  }

  // MARK: Products

  /// y (+)= x wₛᵀ for the rows of the blocks; other rows of y stay as they are.
  public func multiply(
    _ x: Tensor<Scalar>, into y: inout Tensor<Scalar>, blocks: [RowBlock], adds: Bool
  ) {
    check(blocks, x: x.shape, y: y.shape)
    x.read { x, _ in
      y.write { y, _ in
        Scalar.product(self, blocks, x, y, adds: adds)
      }
    }
  }

  /// dx (+)= dy wₛ for the rows of the blocks; other rows of dx stay as they are.
  ///
  /// Each element of a patch is added to the pixel that it comes from.
  public func multiplyTransposed(
    _ dY: Tensor<Scalar>, into dX: inout Tensor<Scalar>, blocks: [RowBlock], adds: Bool
  ) {
    check(blocks, x: dX.shape, y: dY.shape)
    dY.read { dY, _ in
      dX.write { dX, _ in
        guard let patches else { return Scalar.inputGradient(self, blocks, dY, dX, adds: adds) }
        if !adds {
          for images in blocks.map(patches.images(of:)) {
            Scalar.fill(images.count * patches.pixels, 0, dX + images.lowerBound * patches.pixels)
          }
        }
        Scalar.inputGradient(self, blocks, dY, dX, adds: true)
      }
    }
  }

  func check(_ blocks: [RowBlock], x: Shape, y: Shape) {
    if let patches {
      require(
        x.rank == 4 && x.dropFirst() == [patches.height, patches.width, patches.channels],
        "patches of images \(patches.height)×\(patches.width)×\(patches.channels) in \(x)")
    }
    RowBlock.check(
      blocks, samples: samples, inputs: inputs, outputs: outputs,
      x: patches.map { [x[0] * $0.rows, inputs] } ?? x, y: y)
  }
}
