import Autograd
import Tensors

/// A convolution without bias and a batch normalisation.
///
/// Parameters: `convolution.weight`, `norm.weight`, `norm.bias`.
struct NormalizedConvolution<Scalar: TensorScalar>: Module, StatefulModule {
  let convolution: Convolution<Scalar>
  let norm: BatchNorm<Scalar>

  /// Weights from N(0, 2 / (R² K)).
  init(
    name: String, inputs: Int, outputs: Int, _ geometry: ConvolutionGeometry, random: RandomSource
  ) {
    let variance = 2 / Double(geometry.kernel * geometry.kernel * outputs)
    convolution = Convolution(
      name: join(name, "convolution"), inputs: inputs, outputs: outputs, geometry, hasBias: false,
      weightInitialization: .normal(standardDeviation: variance.squareRoot()), random: random)
    norm = BatchNorm(name: join(name, "norm"), channels: outputs)
  }

  var parameters: [Parameter<Scalar>] { convolution.parameters + norm.parameters }
  var buffers: [StateBuffer<Scalar>] { norm.buffers }

  func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    norm.forward(convolution.forward(x, in: pass), in: pass)
  }
}

/// Two convolutions of 3×3 around which the input is led, unchanged or, where the shape changes,
/// through a convolution of 1×1.
///
/// y = relu(norm₂(conv₂(relu(norm₁(conv₁(x))))) + shortcut(x))
///
/// Shapes: B×H×W×C (channels last) → B×H'×W'×K with H' = ⌈H / stride⌉.
/// Parameters: `first.convolution.weight`, `first.norm.weight`, `first.norm.bias`, `second.…`,
/// `shortcut.…`.
/// Reference: He, Zhang, Ren, Sun: Deep residual learning for image recognition (CVPR 2016).
public struct ResidualBlock<Scalar: TensorScalar>: Module, StatefulModule {
  private let first: NormalizedConvolution<Scalar>
  private let second: NormalizedConvolution<Scalar>
  private let shortcut: NormalizedConvolution<Scalar>?

  /// A new block.
  ///
  /// - Parameters:
  ///   - name: the dotted name of the block; empty for a block that is the whole network.
  ///   - inputs: C.
  ///   - outputs: K.
  ///   - stride: of the first convolution and of the shortcut.
  ///   - random: the run's randomness.
  public init(
    name: String, inputs: Int, outputs: Int, stride: Int = 1, random: RandomSource
  ) {
    func layer(
      _ part: String, _ inputs: Int, kernel: Int, stride: Int
    ) -> NormalizedConvolution<Scalar> {
      NormalizedConvolution(
        name: join(name, part), inputs: inputs, outputs: outputs,
        ConvolutionGeometry(kernel: kernel, stride: stride, padding: kernel / 2), random: random)
    }
    first = layer("first", inputs, kernel: 3, stride: stride)
    second = layer("second", outputs, kernel: 3, stride: 1)
    shortcut =
      stride == 1 && inputs == outputs
      ? nil : layer("shortcut", inputs, kernel: 1, stride: stride)
  }

  /// Those of the first, the second and the shortcut's convolution.
  public var parameters: [Parameter<Scalar>] {
    first.parameters + second.parameters + (shortcut?.parameters ?? [])
  }

  /// The running statistics in the same order.
  public var buffers: [StateBuffer<Scalar>] {
    first.buffers + second.buffers + (shortcut?.buffers ?? [])
  }

  /// The block's output.
  public func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    let inner = pass.graph.relu(first.forward(x, in: pass))
    let around = shortcut.map { $0.forward(x, in: pass) } ?? x
    return pass.graph.relu(pass.graph.add(second.forward(inner, in: pass), around))
  }
}
