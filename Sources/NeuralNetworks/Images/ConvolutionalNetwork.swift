import Autograd
import Tensors

/// Convolutions of 3×3 with ReLU, max pooling after all but the last, the mean over the map, and a
/// linear classifier.
///
/// The last but one convolution has dropout before its ReLU, the last one after it; dropout is
/// elementwise.
///
/// Shapes: images B×H×W×C (channels last) → logits B×classes.
/// Parameters: `convolutions.0.weight`, `convolutions.0.bias`, …, `classifier.weight`,
/// `classifier.bias`, in PyTorch's shapes.
/// Reference: Csordás et al. (ICLR 2021), table 1 and appendix; with the default configuration it
/// has 390,496 weights and 490 biases.
/// PyTorch equivalent: `nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), …)`.
public struct ConvolutionalNetwork<Scalar: TensorScalar>: Module {
  /// The sizes of a network.
  public struct Configuration: Sendable, Hashable {
    /// Channels of the images.
    public var inputs: Int
    /// Output channels of the convolutions, at least two.
    public var channels: [Int]
    /// Number of classes.
    public var classes: Int
    /// Dropout rate of the last but one convolution.
    public var innerDropout: Double
    /// Dropout rate of the last convolution.
    public var outerDropout: Double

    /// A configuration; the defaults are the paper's network for CIFAR-10.
    public init(
      inputs: Int = 3, channels: [Int] = [32, 64, 128, 256], classes: Int = 10,
      innerDropout: Double = 0.25, outerDropout: Double = 0.5
    ) {
      self.inputs = inputs
      self.channels = channels
      self.classes = classes
      self.innerDropout = innerDropout
      self.outerDropout = outerDropout
    }
  }

  /// The convolutions, first to last.
  public let convolutions: [Convolution<Scalar>]
  /// The linear layer at the end.
  public let classifier: Linear<Scalar>
  private let innerDropout: Dropout<Scalar>
  private let outerDropout: Dropout<Scalar>

  /// A new network; weights and biases are uniform between the fan-in bounds.
  public init(_ configuration: Configuration = .init(), random: RandomSource) {
    let channels = configuration.channels
    precondition(channels.count >= 2, "a network of \(channels.count) convolutions")
    convolutions = zip([configuration.inputs] + channels, channels).enumerated().map {
      index, size in
      Convolution(
        name: "convolutions.\(index)", inputs: size.0, outputs: size.1,
        ConvolutionGeometry(kernel: 3, padding: 1), random: random)
    }
    classifier = Linear(
      name: "classifier", inputs: channels[channels.count - 1], outputs: configuration.classes,
      random: random)
    innerDropout = Dropout(name: "inner", rate: configuration.innerDropout)
    outerDropout = Dropout(name: "outer", rate: configuration.outerDropout)
  }

  /// Weight and bias of every convolution, then those of the classifier.
  public var parameters: [Parameter<Scalar>] {
    convolutions.flatMap(\.parameters) + classifier.parameters
  }

  /// The logits.
  public func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    let graph = pass.graph
    let last = convolutions.count - 1
    var y = x
    for (index, convolution) in convolutions.enumerated() {
      y = convolution.forward(y, in: pass)
      if index == last - 1 { y = innerDropout.forward(y, in: pass) }
      // ReLU never falls, so that it commutes with the maximum and is cheaper after it.
      if index < last { y = graph.maxPooling(y) }
      y = graph.relu(y)
    }
    return classifier.forward(graph.averagePooling(outerDropout.forward(y, in: pass)), in: pass)
  }
}

extension ConvolutionalNetwork {
  /// The parameters that ``init(_:random:)`` would make, in the same order.
  public static func outline(_ configuration: Configuration = .init()) -> [ParameterOutline] {
    let channels = configuration.channels
    let sizes = zip([configuration.inputs] + channels, channels)
    return sizes.enumerated().flatMap { index, size in
      [
        ParameterOutline(
          name: "convolutions.\(index).weight", role: .weight, shape: [size.1, size.0, 3, 3]),
        ParameterOutline(name: "convolutions.\(index).bias", role: .bias, shape: [size.1]),
      ]
    } + [
      ParameterOutline(
        name: "classifier.weight", role: .weight,
        shape: [configuration.classes, channels[channels.count - 1]]),
      ParameterOutline(name: "classifier.bias", role: .bias, shape: [configuration.classes]),
    ]
  }
}
