import Autograd
import Tensors

/// Batch normalisation of the channels of images; see
/// ``Autograd/Graph/batchNorm(_:scale:shift:epsilon:)``.
///
/// In ``Phase/training`` the statistics of the batch are used, and the running ones follow them:
/// r ← (1 − α) r + α s, with the unbiased variance (divided by the number of pixels − 1). In
/// ``Phase/evaluation`` the running statistics are used.
///
/// Parameters: `weight` (γ, 1 at first) and `bias` (β, 0 at first), both C, of the roles
/// ``ParameterRole/normScale`` and ``ParameterRole/normShift``.
/// Buffers: `running_mean` (0 at first) and `running_var` (1 at first), both C.
/// PyTorch equivalent: `nn.BatchNorm2d(channels, eps=ε, momentum=α)`.
public struct BatchNorm<Scalar: TensorScalar>: Module, StatefulModule {
  /// γ.
  public let scale: Parameter<Scalar>
  /// β.
  public let shift: Parameter<Scalar>
  /// The running mean.
  public let mean: StateBuffer<Scalar>
  /// The running variance.
  public let variance: StateBuffer<Scalar>

  private let description: BatchNormDescription

  /// A new layer.
  ///
  /// - Parameters:
  ///   - description: its constants; those of PyTorch by default.
  ///   - name: the dotted name of the layer.
  ///   - channels: C.
  public init(
    _ description: BatchNormDescription = BatchNormDescription(), name: String, channels: Int
  ) {
    let (ones, zeros) = (
      Tensor<Scalar>(repeating: 1, shape: [channels]), Tensor<Scalar>(zeros: [channels])
    )
    let outlines = description.outlines(name: name, channels: channels)
    scale = outlines.scale.makeParameter(ones)
    shift = outlines.shift.makeParameter(zeros)
    mean = StateBuffer(name: join(name, "running_mean"), value: zeros)
    variance = StateBuffer(name: join(name, "running_var"), value: ones)
    self.description = description
  }

  /// γ, then β.
  public var parameters: [Parameter<Scalar>] { [scale, shift] }

  /// The running mean, then the running variance.
  public var buffers: [StateBuffer<Scalar>] { [mean, variance] }

  /// Normalises B×…×C; samples of the parameters serve the slices of the batch.
  ///
  /// - Precondition: in training at least two pixels, which a variance takes.
  public func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    let (gamma, beta) = (pass.value(of: scale), pass.value(of: shift))
    guard pass.phase == .training else {
      return pass.graph.batchNorm(
        x, scale: gamma, shift: beta,
        statistics: ChannelStatistics(mean: mean.value, variance: variance.value),
        epsilon: description.epsilon)
    }
    let pixels = x.shape.count / x.shape[x.shape.rank - 1]
    require(pixels >= 2, "batch statistics of \(pixels) pixels")
    let (y, statistics) = pass.graph.batchNorm(
      x, scale: gamma, shift: beta, epsilon: description.epsilon)
    let unbiased = Double(pixels) / Double(pixels - 1)
    follow(statistics.mean, factor: description.momentum, in: mean)
    follow(statistics.variance, factor: description.momentum * unbiased, in: variance)
    return y
  }

  private func follow(_ found: Tensor<Scalar>, factor: Double, in buffer: StateBuffer<Scalar>) {
    buffer.value.scale(by: Scalar(1 - description.momentum))
    buffer.value.add(found, scaledBy: Scalar(factor))
  }
}

/// A batch normalisation; see ``BatchNorm``.
public struct BatchNormDescription: LayerKind {
  /// Added to the variance.
  public let epsilon: Double
  /// α, the share of the batch's statistics in the running ones.
  public let momentum: Double

  /// A normalisation; the default constants are those of PyTorch. Keras's momentum is 1 − α.
  public init(epsilon: Double = 1e-5, momentum: Double = 0.1) {
    self.epsilon = epsilon
    self.momentum = momentum
  }

  /// `batch-norm`.
  public var title: String { "batch-norm" }

  /// γ and β, both C.
  func outlines(
    name: String, channels: Int
  ) -> (scale: ParameterOutline, shift: ParameterOutline) {
    (
      ParameterOutline(name: join(name, "weight"), role: .normScale, shape: [channels]),
      ParameterOutline(name: join(name, "bias"), role: .normShift, shape: [channels])
    )
  }

  /// …×C → the same.
  public func output(of input: Shape) throws(DescriptionError) -> Shape {
    guard input.rank >= 1, epsilon >= 0, (0...1).contains(momentum) else {
      throw DescriptionError(
        "normalisation of an input \(input) with ε \(epsilon) and momentum \(momentum)")
    }
    return input
  }

  /// γ, then β.
  public func parameters(name: String, input: Shape) -> [ParameterUse] {
    let outlines = outlines(name: name, channels: input[input.rank - 1])
    let uses = Double(input.dimensions.dropLast().reduce(1, *))
    return [ParameterUse(outlines.scale, uses: uses), ParameterUse(outlines.shift, uses: uses)]
  }

  /// A ``BatchNorm``.
  public func makeLayer<Scalar: TensorScalar>(
    name: String, input: Shape, random: RandomSource
  ) -> any Module<Scalar> {
    BatchNorm(self, name: name, channels: input[input.rank - 1])
  }
}

extension LayerDescription {
  /// A batch normalisation of channels; see ``BatchNorm``.
  public static func batchNorm(
    _ name: String, epsilon: Double = 1e-5, momentum: Double = 0.1
  ) -> LayerDescription {
    LayerDescription(name, BatchNormDescription(epsilon: epsilon, momentum: momentum))
  }
}
