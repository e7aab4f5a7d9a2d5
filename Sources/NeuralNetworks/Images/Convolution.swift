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
    self.init(
      ConvolutionDescription(
        outputs: outputs, kernel: geometry.kernel, stride: geometry.stride,
        padding: geometry.padding, hasBias: hasBias, weightInitialization: weightInitialization,
        biasInitialization: biasInitialization), name: name, inputs: inputs, random: random)
  }

  /// A new layer.
  ///
  /// - Parameters:
  ///   - description: outputs, geometry and initial values.
  ///   - name: the dotted name of the layer; empty for a layer that is the whole network.
  ///   - inputs: C, at least 1.
  ///   - random: the run's randomness.
  public init(
    _ description: ConvolutionDescription, name: String, inputs: Int, random: RandomSource
  ) {
    let shape = description.weight(name: name, inputs: inputs)
    geometry = ConvolutionGeometry(
      kernel: description.kernel, stride: description.stride, padding: description.padding)
    weight = shape.makeParameter(description.weightInitialization, random: random)
    bias = description.bias(name: name)?.makeParameter(
      description.biasInitialization, fans: Initialization.fans(ofWeight: shape.shape),
      random: random)
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

/// A convolution with square kernel; see ``Convolution``.
public struct ConvolutionDescription: LayerKind {
  /// K.
  public let outputs: Int
  /// R.
  public let kernel: Int
  /// Distance between neighbouring outputs.
  public let stride: Int
  /// Zeros added on each side.
  public let padding: Int
  /// Whether every output channel has a constant added.
  public let hasBias: Bool
  /// How the weight is drawn; the fan-in is C·R·R.
  public let weightInitialization: Initialization
  /// How the bias is drawn, with the fans of the weight.
  public let biasInitialization: Initialization

  /// A convolution of K output channels.
  public init(
    outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, hasBias: Bool = true,
    weightInitialization: Initialization = .uniformFanIn,
    biasInitialization: Initialization = .uniformFanIn
  ) {
    self.outputs = outputs
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.hasBias = hasBias
    self.weightInitialization = weightInitialization
    self.biasInitialization = biasInitialization
  }

  /// `convolution`.
  public var title: String { "convolution" }

  /// K×C×R×R.
  func weight(name: String, inputs: Int) -> ParameterOutline {
    ParameterOutline(
      name: join(name, "weight"), role: .weight, shape: [outputs, inputs, kernel, kernel])
  }

  /// K.
  func bias(name: String) -> ParameterOutline? {
    hasBias ? ParameterOutline(name: join(name, "bias"), role: .bias, shape: [outputs]) : nil
  }

  /// H×W×C → H'×W'×K with H' = ⌊(H + 2·padding − R) / stride⌋ + 1.
  public func output(of input: Shape) throws(DescriptionError) -> Shape {
    guard input.rank == 3, outputs > 0 else {
      throw DescriptionError("\(outputs) outputs of a convolution of an input \(input)")
    }
    return Shape(
      try input.map(ofWindows: kernel, stride: stride, padding: padding) + [outputs])
  }

  /// Weight and bias, used once for every pixel of the output.
  public func parameters(name: String, input: Shape) -> [ParameterUse] {
    let pixels = (try? output(of: input)).map { Double($0[0] * $0[1]) } ?? 0
    return [weight(name: name, inputs: input[2]), bias(name: name)].compactMap { outline in
      outline.map { ParameterUse($0, uses: pixels) }
    }
  }

  /// A ``Convolution``.
  public func makeLayer<Scalar: TensorScalar>(
    name: String, input: Shape, random: RandomSource
  ) -> any Module<Scalar> {
    Convolution(self, name: name, inputs: input[2], random: random)
  }
}

extension LayerDescription {
  /// A convolution of K output channels; see ``Convolution``.
  public static func convolution(
    _ name: String, outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    hasBias: Bool = true, weightInitialization: Initialization = .uniformFanIn,
    biasInitialization: Initialization = .uniformFanIn
  ) -> LayerDescription {
    LayerDescription(
      name,
      ConvolutionDescription(
        outputs: outputs, kernel: kernel, stride: stride, padding: padding, hasBias: hasBias,
        weightInitialization: weightInitialization, biasInitialization: biasInitialization))
  }
}
