import Tensors

/// Sizes of a network of 3×3 convolutions, some of them followed by max pooling, with linear layers
/// behind them; see ``NetworkDescription/stacked(_:)``.
public struct ConvolutionStack: Sendable, Hashable {
  /// Rows, columns and channels of the images.
  public var input: Shape
  /// Output channels of the convolutions, at least one.
  public var channels: [Int]
  /// Rows and columns of the kernels, an odd number; maps keep their size.
  public var kernel = 3
  /// Indices of the convolutions that are followed by max pooling of 2×2.
  public var poolAfter: [Int] = []
  /// Units of the linear layers behind the convolutions.
  public var dense: [Int] = []
  /// Number of classes.
  public var classes = 10
  /// ε of the batch normalisation of every convolution; nil without normalisation.
  public var normEpsilon: Double?
  /// How many of the linear layers, from the first, are normalised as well.
  public var normalizedDense = 0
  /// Dropout rate behind each convolution, 0 where it is not given.
  public var convolutionDropout: [Double] = []
  /// Dropout rate behind each linear layer, 0 where it is not given.
  public var denseDropout: [Double] = []

  /// A stack of convolutions without linear layers before the classifier.
  public init(input: Shape, channels: [Int]) {
    self.input = input
    self.channels = channels
  }

  /// The small network for images of MNIST's size: 64-64-64 channels, pooling behind the second and
  /// the third, a linear layer of 128.
  public static func small(input: Shape = [28, 28, 1], channels: [Int] = [64, 64, 64])
    -> ConvolutionStack
  {
    var stack = ConvolutionStack(input: input, channels: channels)
    stack.poolAfter = [1, 2]
    stack.dense = [128]
    return stack
  }

  /// VGG-16 for images of CIFAR-10's size: 13 normalised convolutions in five groups that end in
  /// pooling, two linear layers of 512 of which the first is normalised.
  ///
  /// - Parameter divisor: divides the widths.
  public static func vgg(input: Shape = [32, 32, 3], divisor: Int = 1) -> ConvolutionStack {
    let widths = [64, 64, 128, 128, 256, 256, 256] + [Int](repeating: 512, count: 6)
    var stack = ConvolutionStack(input: input, channels: widths.map { max(1, $0 / divisor) })
    stack.poolAfter = [1, 3, 6, 9, 12]
    stack.dense = [512, 512].map { max(1, $0 / divisor) }
    stack.normEpsilon = 1e-3
    stack.normalizedDense = 1
    return stack
  }
}

extension NetworkDescription {
  /// Linear layers with ReLU and dropout between them and none after the last, Glorot-uniform
  /// weights and biases 0.
  ///
  /// Shapes: x B×… → B×classes; images are flattened.
  /// Parameters: `layers.0.weight`, `layers.0.bias`, …, the last of which make the logits.
  ///
  /// - Parameters:
  ///   - input: the shape of one input.
  ///   - hidden: units of the hidden layers.
  ///   - classes: number of outputs.
  ///   - dropout: rate behind every hidden layer.
  /// - Throws: ``DescriptionError`` when sizes or the rate are none.
  public static func perceptron(
    input: Shape, hidden: [Int], classes: Int, dropout: Double = 0
  ) throws(DescriptionError) -> NetworkDescription {
    var layers: [LayerDescription] = input.rank > 1 ? [.flatten()] : []
    for (index, width) in hidden.enumerated() {
      layers += [.glorot("layers.\(index)", width), .activation(.relu)]
      layers += .dropout("layers.\(index)", dropout)
    }
    layers.append(.glorot("layers.\(hidden.count)", classes))
    return try NetworkDescription(input: input, layers: layers)
  }

  /// Convolutions, each with ReLU, some with max pooling, then, where there are any, batch
  /// normalisation and dropout; linear layers, each with ReLU, normalisation and dropout; a linear
  /// classifier. Glorot-uniform weights, biases 0.
  ///
  /// Shapes: images B×H×W×C (channels last) → logits B×classes.
  /// Parameters: `convolutions.N.weight|bias`, `norms.N.weight|bias`, `dense.N.weight|bias`,
  /// `dense_norms.N.weight|bias`, `classifier.weight|bias`.
  /// Reference: Hod, Filan, Casper, Critch, Russell, 2021, appendix A.2.
  ///
  /// - Throws: ``DescriptionError`` when the images are too small to be pooled so often, or a size is
  ///   none.
  public static func stacked(
    _ stack: ConvolutionStack
  ) throws(DescriptionError) -> NetworkDescription {
    var layers: [LayerDescription] = []
    for (index, outputs) in stack.channels.enumerated() {
      layers += [
        .convolution(
          "convolutions.\(index)", outputs: outputs, kernel: stack.kernel,
          padding: stack.kernel / 2, weightInitialization: .xavierUniform(gain: 1),
          biasInitialization: .constant(0)),
        .activation(.relu),
      ]
      if stack.poolAfter.contains(index) { layers.append(.maxPooling(2)) }
      layers += stack.norm("norms.\(index)")
      layers += .dropout("convolutions.\(index)", stack.convolutionDropout.element(index))
    }
    layers.append(.flatten())
    for (index, width) in stack.dense.enumerated() {
      layers += [.glorot("dense.\(index)", width), .activation(.relu)]
      if index < stack.normalizedDense { layers += stack.norm("dense_norms.\(index)") }
      layers += .dropout("dense.\(index)", stack.denseDropout.element(index))
    }
    return try NetworkDescription(
      input: stack.input, layers: layers + [.glorot("classifier", stack.classes)])
  }
}

extension ConvolutionStack {
  fileprivate func norm(_ name: String) -> [LayerDescription] {
    // Keras's momentum of 0.99.
    normEpsilon.map { [.batchNorm(name, epsilon: $0, momentum: 0.01)] } ?? []
  }
}

extension LayerDescription {
  fileprivate static func glorot(_ name: String, _ outputs: Int) -> LayerDescription {
    .linear(
      name, outputs: outputs, weightInitialization: .xavierUniform(gain: 1),
      biasInitialization: .constant(0))
  }
}

extension [LayerDescription] {
  /// Dropout behind a layer, or nothing for a rate of 0.
  fileprivate static func dropout(_ layer: String, _ rate: Double) -> [LayerDescription] {
    rate == 0 ? [] : [.dropout("\(layer).dropout", rate: rate)]
  }
}

extension [Double] {
  fileprivate func element(_ index: Int) -> Double { indices.contains(index) ? self[index] : 0 }
}
