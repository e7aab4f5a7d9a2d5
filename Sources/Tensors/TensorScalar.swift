/// A type of tensor elements: `Float`, whose loops are the C kernels and OpenBLAS's `sgemm`, or
/// `Double`, plain loops and `dgemm`, which serve as an independent check of the former.
///
/// Outputs may be the same array as an input, but may not overlap it otherwise.
public protocol TensorScalar: ImageLoops {
  /// Elements that a loop reads.
  typealias In = UnsafePointer<Self>
  /// Elements that a loop writes.
  typealias Out = UnsafeMutablePointer<Self>

  /// C (m×n) = s A B, or C += s A B, of matrices whose rows lie the given strides apart; `A` is
  /// m×k (k×m when transposed), `B` is k×n (n×k when transposed).
  static func gemm(
    _ m: Int, _ n: Int, _ k: Int, scale: Self, _ a: In, stride aStride: Int,
    transposed aTransposed: Bool, _ b: In, stride bStride: Int, transposed bTransposed: Bool,
    _ c: Out, stride cStride: Int, adds: Bool)

  /// Sets all elements.
  static func fill(_ n: Int, _ value: Self, _ out: Out)
  /// out = a + b.
  static func add(_ n: Int, _ a: In, _ b: In, _ out: Out)
  /// out = a − b.
  static func subtract(_ n: Int, _ a: In, _ b: In, _ out: Out)
  /// out = a ⊙ b.
  static func multiply(_ n: Int, _ a: In, _ b: In, _ out: Out)
  /// out = s a.
  static func scale(_ n: Int, _ s: Self, _ a: In, _ out: Out)
  /// y += s x.
  static func addScaled(_ n: Int, _ s: Self, _ x: In, _ y: Out)

  /// y = the activation of x.
  static func activate(_ activation: Activation, _ n: Int, _ x: In, _ y: Out)
  /// dX (+)= the gradient of an activation. Of x and y, the one that the gradient does not use may
  /// be any n elements.
  static func activationGradient(
    _ activation: Activation, _ n: Int, _ x: In, _ y: In, _ dY: In, _ dX: Out, adds: Bool)

  /// Sum, accumulated in double precision.
  static func sum(_ n: Int, _ x: In) -> Double
  /// Sum of the squares of x + offset, accumulated in double precision.
  static func sumOfSquares(_ n: Int, _ x: In, offset: Self) -> Double
  /// Whether no element is infinite or `NaN`.
  static func isFinite(_ n: Int, _ x: In) -> Bool

  /// Adds a vector to every row of a matrix.
  static func addRowVector(_ rows: Int, _ columns: Int, _ v: In, _ x: Out)
  /// y = the transposes of `count` matrices that follow each other.
  static func transposeEach(_ count: Int, _ rows: Int, _ columns: Int, _ x: In, _ y: Out)
  /// out (+)= the sum of the rows of a matrix.
  static func sumRows(_ rows: Int, _ columns: Int, _ x: In, _ out: Out, adds: Bool)
  /// Softmax of every row, and the logarithm of the sum of exponentials of every row.
  static func softmaxRows(_ rows: Int, _ columns: Int, _ x: In, _ y: Out, logSum: Out)

  /// One Adam step of parameters p and moments m, v.
  static func adam(_ n: Int, _ c: AdamCoefficients, _ g: In, _ p: Out, _ m: Out, _ v: Out)
  /// One step of gradient descent with momentum.
  static func momentumStep(_ n: Int, _ c: MomentumCoefficients, _ g: In, _ p: Out, _ velocity: Out)

  /// Uniform numbers in [low, high).
  static func uniform(
    _ n: Int, _ noise: RandomStream.Position, _ low: Self, _ high: Self, _ out: Out)

  /// Writes w masked by each of `samples` fresh masks to `out`, `stride` elements apart.
  static func maskSample(
    _ n: Int, _ logits: In, _ w: In, samples: Int, _ noise: RandomStream.Position, _ out: Out,
    stride: Int)
  /// The gradients of a masked weight of rows × columns from those of its samples, `stride` elements
  /// apart.
  static func maskGradient(
    _ rows: Int, _ columns: Int, _ logits: In, _ noise: MaskNoise, _ w: In, samples: Int,
    _ dW: In, stride: Int, to: WeightGradient<Self>)
  /// Fresh masks of a weight of rows × columns as bits: S planes, each row padded to full words.
  static func maskBits(
    _ rows: Int, _ columns: Int, samples: Int, _ logits: In, _ noise: MaskNoise,
    _ bits: UnsafeMutablePointer<UInt16>)

  /// y (+)= x wₛᵀ for blocks of rows.
  static func product(
    _ w: WeightMatrix<Self>, _ blocks: [RowBlock], _ x: In, _ y: Out, adds: Bool)
  /// dx (+)= dy wₛ for blocks of rows; of patches, always added to the pixels.
  static func inputGradient(
    _ w: WeightMatrix<Self>, _ blocks: [RowBlock], _ dY: In, _ dX: Out, adds: Bool)
  /// dwₛ = dyᵀ x over the rows of every sample, or what follows from it for masks.
  static func weightGradient(
    _ w: WeightMatrix<Self>, _ blocks: [RowBlock], _ x: In, _ dY: In, to: WeightGradient<Self>)
  /// y = a x for matrices x that follow each other.
  static func sparseProduct(_ a: SparseMatrix<Self>, slices: Int, width: Int, _ x: In, _ y: Out)

  /// One step of an LSTM layer for `rows` sequences.
  ///
  /// - Parameters:
  ///   - rows: number of sequences.
  ///   - units: H.
  ///   - gates: rows×4H in the order i, f, g, o; the recurrent products, then the activated gates.
  ///   - projection: rows×4H, added to the gates before they are activated.
  ///   - bias: 4H, added likewise.
  ///   - previous: rows×H, the cells before the step; zeros when nil. May be the same as `cells`.
  ///   - cells: rows×H, c = σ(f) previous + σ(i) tanh(g).
  ///   - tanhCells: rows×H, tanh c.
  ///   - hidden: rows×H, h = σ(o) tanh c.
  static func lstmForward(
    _ rows: Int, _ units: Int, gates: Out, projection: In?, bias: In?, previous: In?, cells: Out,
    tanhCells: Out, hidden: Out)
  /// The gradient of ``lstmForward(_:_:gates:projection:bias:previous:cells:tanhCells:hidden:)``.
  ///
  /// - Parameters:
  ///   - rows: number of sequences.
  ///   - units: H.
  ///   - gates: rows×4H, activated.
  ///   - previous: rows×H, the cells before the step.
  ///   - tanhCells: rows×H.
  ///   - dHidden: rows×H, the gradient of the layer's output.
  ///   - dHiddenLater: rows×H, the gradient from the next step, to be added.
  ///   - dCells: rows×H, first the gradient from the next step, then that of the previous cells.
  ///   - dGates: rows×4H, the gradient of the gates before activation.
  static func lstmBackward(
    _ rows: Int, _ units: Int, gates: In, previous: In?, tanhCells: In, dHidden: In,
    dHiddenLater: In, dCells: Out, dGates: Out)

  /// y = γ (x − mean) / (std + ε) + β of every row, with the unbiased standard deviation; at least
  /// two columns. `statistics` gets three numbers per row for the gradients.
  static func layerNorm(
    _ rows: Int, _ columns: Int, _ x: In, gamma: In, beta: In, epsilon: Self, _ y: Out,
    statistics: Out)
  /// dX (+)= the gradient of layer normalisation.
  static func layerNormGradient(
    _ rows: Int, _ columns: Int, _ x: In, statistics: In, gamma: In, _ dY: In, _ dX: Out,
    adds: Bool)
  /// dγ += Σ dy z and dβ += Σ dy over the rows, with z the normalised x.
  static func layerNormParameterGradient(
    _ rows: Int, _ columns: Int, _ x: In, statistics: In, _ dY: In, dGamma: Out, dBeta: Out)
}

extension TensorScalar {
  /// C (m×n) = A B, or C += A B, of matrices without gaps; `A` is m×k (k×m when transposed), `B` is
  /// k×n (n×k when transposed).
  static func gemm(
    _ m: Int, _ n: Int, _ k: Int, _ a: In, _ aTransposed: Bool, _ b: In, _ bTransposed: Bool,
    _ c: Out, adds: Bool
  ) {
    gemm(
      m, n, k, scale: 1, a, stride: aTransposed ? m : k, transposed: aTransposed, b,
      stride: bTransposed ? k : n, transposed: bTransposed, c, stride: n, adds: adds)
  }
}

/// The constants of one Adam step; see ``Tensor/adamStep(gradient:coefficients:first:second:)``.
public struct AdamCoefficients: Sendable {
  /// lr / (1 − β₁ᵗ).
  public var stepSize: Double
  /// 1 / √(1 − β₂ᵗ).
  public var inverseRootCorrection: Double
  /// Decay of the first moment.
  public var beta1: Double
  /// Decay of the second moment.
  public var beta2: Double
  /// Added to the root of the second moment.
  public var epsilon: Double
  /// L2 penalty added to the gradient.
  public var weightDecay: Double
  /// Constant added to every element of the gradient first.
  public var gradientOffset: Double
  /// Factor applied to the gradient after that (the clipping coefficient).
  public var gradientScale: Double

  /// Bias-corrected coefficients of step `step` (1 for the first).
  public init(
    learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0, step: Int, gradientOffset: Double = 0, gradientScale: Double = 1
  ) {
    require(step >= 1, "Adam's steps count from 1")
    stepSize = learningRate / (1 - power(beta1, step))
    inverseRootCorrection = 1 / (1 - power(beta2, step)).squareRoot()
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.gradientOffset = gradientOffset
    self.gradientScale = gradientScale
  }
}

/// baseⁿ by repeated squaring: the same bits everywhere, unlike the mathematics library's `pow`.
private func power(_ base: Double, _ exponent: Int) -> Double {
  var result = 1.0
  var square = base
  var rest = exponent
  while rest > 0 {
    if rest & 1 == 1 { result *= square }
    square *= square
    rest >>= 1
  }
  return result
}

/// The constants of one step of gradient descent with momentum.
public struct MomentumCoefficients: Sendable {
  /// lr.
  public var learningRate: Double
  /// Share of the velocity that stays.
  public var momentum: Double
  /// L2 penalty added to the gradient.
  public var weightDecay: Double
  /// Factor applied to the gradient first (the clipping coefficient).
  public var gradientScale: Double
  /// At the first step the velocity is the gradient itself.
  public var isFirstStep: Bool

  /// The coefficients of a step.
  public init(
    learningRate: Double, momentum: Double = 0, weightDecay: Double = 0, gradientScale: Double = 1,
    isFirstStep: Bool
  ) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.gradientScale = gradientScale
    self.isFirstStep = isFirstStep
  }
}
