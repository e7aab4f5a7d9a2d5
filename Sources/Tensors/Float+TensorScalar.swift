import CKernels

/// The C kernels of the level chosen at start, and OpenBLAS.
// The functions are documented in TensorScalar.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension Float: TensorScalar {
  private static var kernels: UnsafePointer<ml_kernels> { KernelTable.active }

  public static func fill(_ n: Int, _ value: Float, _ out: Out) {
    out.update(repeating: value, count: n)
  }
  public static func add(_ n: Int, _ a: In, _ b: In, _ out: Out) {
    kernels.pointee.add(n, a, b, out)
  }
  public static func subtract(_ n: Int, _ a: In, _ b: In, _ out: Out) {
    kernels.pointee.subtract(n, a, b, out)
  }
  public static func multiply(_ n: Int, _ a: In, _ b: In, _ out: Out) {
    kernels.pointee.multiply(n, a, b, out)
  }
  public static func scale(_ n: Int, _ s: Float, _ a: In, _ out: Out) {
    kernels.pointee.scale(n, s, a, out)
  }
  public static func addScaled(_ n: Int, _ s: Float, _ x: In, _ y: Out) {
    kernels.pointee.add_scaled(n, s, x, y)
  }

  public static func activate(_ activation: Activation, _ n: Int, _ x: In, _ y: Out) {
    kernels.pointee.activate(activation.kernel, n, x, y)
  }
  public static func activationGradient(
    _ activation: Activation, _ n: Int, _ x: In, _ y: In, _ dY: In, _ dX: Out, adds: Bool
  ) {
    kernels.pointee.activation_gradient(activation.kernel, n, x, y, dY, dX, adds ? 1 : 0)
  }

  public static func sum(_ n: Int, _ x: In) -> Double { kernels.pointee.sum(n, x) }
  public static func sumOfSquares(_ n: Int, _ x: In, offset: Float) -> Double {
    kernels.pointee.sum_of_squares(n, x, offset)
  }
  public static func isFinite(_ n: Int, _ x: In) -> Bool { kernels.pointee.is_finite(n, x) != 0 }

  public static func transposeEach(
    _ count: Int, _ rows: Int, _ columns: Int, _ x: In, _ y: Out
  ) { kernels.pointee.transpose(count, rows, columns, x, y) }
  public static func addRowVector(_ rows: Int, _ columns: Int, _ v: In, _ x: Out) {
    kernels.pointee.add_row_vector(rows, columns, v, x)
  }
  public static func sumRows(_ rows: Int, _ columns: Int, _ x: In, _ out: Out, adds: Bool) {
    kernels.pointee.sum_rows(rows, columns, x, out, adds ? 1 : 0)
  }
  public static func softmaxRows(_ rows: Int, _ columns: Int, _ x: In, _ y: Out, logSum: Out) {
    kernels.pointee.softmax_rows(rows, columns, x, y, logSum)
  }

  public static func adam(
    _ n: Int, _ c: AdamCoefficients, _ g: In, _ p: Out, _ m: Out, _ v: Out
  ) {
    var constants = ml_adam(
      step_size: Float(c.stepSize), inverse_root_correction: Float(c.inverseRootCorrection),
      beta1: Float(c.beta1), beta2: Float(c.beta2), epsilon: Float(c.epsilon),
      weight_decay: Float(c.weightDecay), gradient_offset: Float(c.gradientOffset),
      gradient_scale: Float(c.gradientScale))
    kernels.pointee.adam(n, &constants, g, p, m, v)
  }
  public static func momentumStep(
    _ n: Int, _ c: MomentumCoefficients, _ g: In, _ p: Out, _ velocity: Out
  ) {
    var constants = ml_sgd(
      learning_rate: Float(c.learningRate), momentum: Float(c.momentum),
      weight_decay: Float(c.weightDecay), gradient_scale: Float(c.gradientScale),
      is_first_step: c.isFirstStep ? 1 : 0)
    kernels.pointee.sgd(n, &constants, g, p, velocity)
  }

  public static func uniform(
    _ n: Int, _ noise: RandomStream.Position, _ low: Float, _ high: Float, _ out: Out
  ) {
    var stream = noise.kernelStream
    kernels.pointee.uniform(n, &stream, low, high, out)
  }
  public static func maskSample(
    _ n: Int, _ logits: In, _ w: In, samples: Int, _ noise: RandomStream.Position, _ out: Out,
    stride: Int
  ) {
    var stream = noise.kernelStream
    kernels.pointee.mask_sample(n, logits, w, samples, &stream, out, stride)
  }
}
