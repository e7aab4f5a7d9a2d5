import Autograd
import Tensors

/// Batch normalisation of the channels of images; see
/// ``Autograd/Graph/batchNorm(_:scale:shift:epsilon:)``.
///
/// In ``Phase/training`` the statistics of the batch are used, and the running ones follow them:
/// r ← 0.9 r + 0.1 s, with the unbiased variance (divided by the number of pixels − 1). In
/// ``Phase/evaluation`` the running statistics are used.
///
/// Parameters: `weight` (γ, 1 at first) and `bias` (β, 0 at first), both C, of the roles
/// ``ParameterRole/normScale`` and ``ParameterRole/normShift``.
/// Buffers: `running_mean` (0 at first) and `running_var` (1 at first), both C.
/// PyTorch equivalent: `nn.BatchNorm2d(channels)`.
public struct BatchNorm<Scalar: TensorScalar>: Module, StatefulModule {
  /// γ.
  public let scale: Parameter<Scalar>
  /// β.
  public let shift: Parameter<Scalar>
  /// The running mean.
  public let mean: StateBuffer<Scalar>
  /// The running variance.
  public let variance: StateBuffer<Scalar>

  /// The share of the batch's statistics in the running ones.
  public static var momentum: Double { 0.1 }

  /// A new layer.
  ///
  /// - Parameters:
  ///   - name: the dotted name of the layer.
  ///   - channels: C.
  public init(name: String, channels: Int) {
    let (ones, zeros) = (
      Tensor<Scalar>(repeating: 1, shape: [channels]), Tensor<Scalar>(zeros: [channels])
    )
    scale = Parameter(name: join(name, "weight"), role: .normScale, value: ones)
    shift = Parameter(name: join(name, "bias"), role: .normShift, value: zeros)
    mean = StateBuffer(name: join(name, "running_mean"), value: zeros)
    variance = StateBuffer(name: join(name, "running_var"), value: ones)
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
        statistics: ChannelStatistics(mean: mean.value, variance: variance.value))
    }
    let pixels = x.shape.count / x.shape[x.shape.rank - 1]
    precondition(pixels >= 2, "batch statistics of \(pixels) pixels")
    let (y, statistics) = pass.graph.batchNorm(x, scale: gamma, shift: beta)
    let unbiased = Double(pixels) / Double(pixels - 1)
    follow(statistics.mean, factor: Self.momentum, in: mean)
    follow(statistics.variance, factor: Self.momentum * unbiased, in: variance)
    return y
  }

  private func follow(_ found: Tensor<Scalar>, factor: Double, in buffer: StateBuffer<Scalar>) {
    buffer.value.scale(by: Scalar(1 - Self.momentum))
    buffer.value.add(found, scaledBy: Scalar(factor))
  }
}
