import Autograd
import Tensors

/// A convolution, three stages of residual blocks of which the second and the third halve the map,
/// the mean over the map, and a linear classifier.
///
/// Shapes: images B×H×W×C (channels last) → logits B×classes.
/// Parameters: `stem.convolution.weight`, `stem.norm.weight`, `stem.norm.bias`, `blocks.0.…`, …,
/// `classifier.weight`, `classifier.bias`; see ``ResidualBlock``.
/// Reference: He, Zhang, Ren, Sun: Deep residual learning for image recognition (CVPR 2016), section
/// 4.2, with projection shortcuts; depth 110 has 1,722,416 weights, 8,288 parameters of
/// normalisation and 10 biases.
public struct ResidualNetwork<Scalar: TensorScalar>: Module, StatefulModule {
  /// The sizes of a network.
  public struct Configuration: Sendable, Hashable {
    /// Layers with weights, 6 n + 2 for n blocks per stage, without shortcuts.
    public var depth: Int
    /// Channels of the images.
    public var inputs: Int
    /// Channels of the stages.
    public var widths: [Int]
    /// Number of classes.
    public var classes: Int

    /// A configuration; the defaults are the paper's network for CIFAR-10.
    public init(
      depth: Int = 110, inputs: Int = 3, widths: [Int] = [16, 32, 64], classes: Int = 10
    ) {
      self.depth = depth
      self.inputs = inputs
      self.widths = widths
      self.classes = classes
    }

    /// Input channels, output channels and stride of every block.
    var blocks: [(inputs: Int, outputs: Int, stride: Int)] {
      precondition(
        widths.count == 3 && depth >= 8 && depth % 6 == 2,
        "a residual network of depth \(depth) and \(widths.count) stages: depth must be 6 n + 2")
      return widths.enumerated().flatMap { stage, width in
        (0..<(depth - 2) / 6).map { block in
          let isFirst = block == 0
          return (
            isFirst && stage > 0 ? widths[stage - 1] : width, width, isFirst && stage > 0 ? 2 : 1
          )
        }
      }
    }
  }

  private let stem: NormalizedConvolution<Scalar>
  /// The blocks of all stages.
  public let blocks: [ResidualBlock<Scalar>]
  /// The linear layer at the end.
  public let classifier: Linear<Scalar>

  /// A new network; kernels R×R×K are drawn from N(0, 2 / (R² K)), the classifier is uniform
  /// between the fan-in bounds.
  public init(_ configuration: Configuration = .init(), random: RandomSource) {
    let widths = configuration.widths
    blocks = configuration.blocks.enumerated().map { index, block in
      ResidualBlock(
        name: "blocks.\(index)", inputs: block.inputs, outputs: block.outputs,
        stride: block.stride, random: random)
    }
    stem = NormalizedConvolution(
      name: "stem", inputs: configuration.inputs, outputs: widths[0],
      ConvolutionGeometry(kernel: 3, padding: 1), random: random)
    classifier = Linear(
      name: "classifier", inputs: widths[widths.count - 1], outputs: configuration.classes,
      random: random)
  }

  /// Those of the stem, of the blocks and of the classifier.
  public var parameters: [Parameter<Scalar>] {
    stem.parameters + blocks.flatMap(\.parameters) + classifier.parameters
  }

  /// The running statistics in the same order.
  public var buffers: [StateBuffer<Scalar>] { stem.buffers + blocks.flatMap(\.buffers) }

  /// The logits.
  public func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    var y = pass.graph.relu(stem.forward(x, in: pass))
    for block in blocks { y = block.forward(y, in: pass) }
    return classifier.forward(pass.graph.averagePooling(y), in: pass)
  }
}

extension ResidualNetwork {
  /// The parameters that ``init(_:random:)`` would make, in the same order.
  public static func outline(_ configuration: Configuration = .init()) -> [ParameterOutline] {
    func layer(_ name: String, _ inputs: Int, _ outputs: Int, kernel: Int) -> [ParameterOutline] {
      [
        ParameterOutline(
          name: "\(name).convolution.weight", role: .weight,
          shape: [outputs, inputs, kernel, kernel]),
        ParameterOutline(name: "\(name).norm.weight", role: .normScale, shape: [outputs]),
        ParameterOutline(name: "\(name).norm.bias", role: .normShift, shape: [outputs]),
      ]
    }
    let widths = configuration.widths
    let blocks = configuration.blocks.enumerated().flatMap { index, block in
      let name = "blocks.\(index)"
      let isPlain = block.inputs == block.outputs && block.stride == 1
      return layer("\(name).first", block.inputs, block.outputs, kernel: 3)
        + layer("\(name).second", block.outputs, block.outputs, kernel: 3)
        + (isPlain ? [] : layer("\(name).shortcut", block.inputs, block.outputs, kernel: 1))
    }
    return layer("stem", configuration.inputs, widths[0], kernel: 3) + blocks + [
      ParameterOutline(
        name: "classifier.weight", role: .weight,
        shape: [configuration.classes, widths[widths.count - 1]]),
      ParameterOutline(name: "classifier.bias", role: .bias, shape: [configuration.classes]),
    ]
  }
}
