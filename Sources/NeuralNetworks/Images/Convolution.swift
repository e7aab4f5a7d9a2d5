import Autograd
import Tensors

/// Slides kernels over images; see
/// ``Autograd/Graph/convolution(_:weight:bias:stride:padding:)``.
///
/// Shapes: x B×H×W×C (channels last) → B×H'×W'×K with weight K×C×R×R and bias K.
/// Parameters: `weight`, then `bias` if there is one.
/// PyTorch equivalent: `nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=hasBias)`.
public struct Convolution<Scalar: TensorScalar>: Module {
  /// K×C×R×R.
  public let weight: Parameter<Scalar>
  /// K.
  public let bias: Parameter<Scalar>?
  /// Kernel, stride and padding.
  public let geometry: ConvolutionGeometry

  /// A new layer.
  ///
  /// - Parameters:
  ///   - name: the dotted name of the layer; empty for a layer that is the whole network.
  ///   - inputs: C, at least 1.
  ///   - outputs: K.
  ///   - geometry: kernel, stride and padding.
  ///   - hasBias: whether every output channel has a constant added.
  ///   - weightInitialization: how the weight is drawn, from the stream `init/<name of the
  ///     weight>`; the fan-in is C·R·R.
  ///   - biasInitialization: how the bias is drawn, with the fans of the weight.
  ///   - random: the run's randomness.
  public init(
    name: String, inputs: Int, outputs: Int, _ geometry: ConvolutionGeometry, hasBias: Bool = true,
    weightInitialization: Initialization = .uniformFanIn,
    biasInitialization: Initialization = .uniformFanIn, random: RandomSource
  ) {
    let shape: Shape = [outputs, inputs, geometry.kernel, geometry.kernel]
    self.geometry = geometry
    weight = Parameter(
      name: join(name, "weight"), role: .weight,
      value: weightInitialization.draw(
        weight: shape, from: random.stream("init/\(join(name, "weight"))")))
    guard hasBias else {
      bias = nil
      return
    }
    let fans = Initialization.fans(ofWeight: shape)
    bias = Parameter(
      name: join(name, "bias"), role: .bias,
      value: biasInitialization.draw(
        [outputs], fanIn: fans.in, fanOut: fans.out,
        from: random.stream("init/\(join(name, "bias"))")))
  }

  /// Weight, then bias if there is one.
  public var parameters: [Parameter<Scalar>] { bias.map { [weight, $0] } ?? [weight] }

  /// The convolution.
  public func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    pass.graph.convolution(
      x, map: pass.linearMap(of: weight), bias: bias.map { pass.value(of: $0) },
      stride: geometry.stride, padding: geometry.padding)
  }
}
