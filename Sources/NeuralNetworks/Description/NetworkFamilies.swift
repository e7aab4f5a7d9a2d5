import Autograd
import Tensors

extension NetworkDescription {
  /// Linear layers with ReLU between them and none after the last.
  ///
  /// Shapes: x B×sizes.first → B×sizes.last.
  /// Parameters: `layers.0.weight`, `layers.0.bias`, `layers.1.weight`, ….
  /// PyTorch equivalent: `nn.Sequential(nn.Linear(…), nn.ReLU(), …, nn.Linear(…))`.
  ///
  /// - Parameters:
  ///   - sizes: numbers of units, inputs first and outputs last; at least two.
  ///   - name: the dotted name of the network within a larger one; usually empty.
  public static func feedForward(sizes: [Int], name: String = "") -> NetworkDescription {
    require(sizes.count >= 2, "a network needs inputs and outputs, not \(sizes.count) sizes")
    let layers = sizes.dropFirst().enumerated().flatMap { index, size in
      (index > 0 ? [LayerDescription.activation(.relu)] : [])
        + [.linear("layers.\(index)", outputs: size)]
    }
    return NetworkDescription(known: layers, input: [sizes[0]], name: name)
  }

  /// Convolutions of 3×3 with ReLU, max pooling after all but the last, the mean over the map, and
  /// a linear classifier.
  ///
  /// The last but one convolution has dropout before its ReLU, the last one after it; dropout is
  /// elementwise. ReLU never falls, so that it commutes with the maximum and is cheaper after it.
  ///
  /// Shapes: images B×side×side×C (channels last) → logits B×classes.
  /// Parameters: `convolutions.0.weight`, `convolutions.0.bias`, …, `classifier.weight`,
  /// `classifier.bias`, in PyTorch's shapes.
  /// Reference: Csordás et al. (ICLR 2021), table 1 and appendix; the default network for CIFAR-10
  /// has 390,496 weights and 490 biases.
  /// PyTorch equivalent: `nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), …)`.
  ///
  /// - Parameters:
  ///   - side: rows and columns of the images.
  ///   - inputs: C.
  ///   - channels: output channels of the convolutions, at least two.
  ///   - classes: number of classes.
  ///   - innerDropout: dropout rate of the last but one convolution.
  ///   - outerDropout: dropout rate of the last convolution.
  public static func convolutional(
    side: Int = 32, inputs: Int = 3, channels: [Int] = [32, 64, 128, 256], classes: Int = 10,
    innerDropout: Double = 0.25, outerDropout: Double = 0.5
  ) -> NetworkDescription {
    require(channels.count >= 2, "a network of \(channels.count) convolutions")
    let last = channels.count - 1
    let convolutions = channels.enumerated().flatMap { index, outputs -> [LayerDescription] in
      [.convolution("convolutions.\(index)", outputs: outputs, kernel: 3, padding: 1)]
        + (index == last - 1 ? [.dropout("inner", rate: innerDropout)] : [])
        + (index < last ? [.maxPooling(2)] : []) + [.activation(.relu)]
    }
    return NetworkDescription(
      known: convolutions + [
        .dropout("outer", rate: outerDropout), .globalAveragePooling(),
        .linear("classifier", outputs: classes),
      ], input: [side, side, inputs])
  }

  /// A convolution, three stages of residual blocks of which the second and the third halve the
  /// map, the mean over the map, and a linear classifier.
  ///
  /// Kernels R×R×K are drawn from N(0, 2 / (R² K)), the classifier is uniform between the fan-in
  /// bounds.
  ///
  /// Shapes: images B×side×side×C (channels last) → logits B×classes.
  /// Parameters: `stem.convolution.weight`, `stem.norm.weight`, `stem.norm.bias`, `blocks.0.…`, …,
  /// `classifier.weight`, `classifier.bias`; see ``LayerDescription/residualBlock(_:inputs:outputs:stride:)``.
  /// Reference: He, Zhang, Ren, Sun: Deep residual learning for image recognition (CVPR 2016),
  /// section 4.2, with projection shortcuts; depth 110 has 1,722,416 weights, 8,288 parameters of
  /// normalisation and 10 biases.
  ///
  /// - Parameters:
  ///   - depth: layers with weights, 6 n + 2 for n blocks per stage, without shortcuts.
  ///   - side: rows and columns of the images.
  ///   - inputs: C.
  ///   - widths: channels of the three stages.
  ///   - classes: number of classes.
  public static func residual(
    depth: Int = 110, side: Int = 32, inputs: Int = 3, widths: [Int] = [16, 32, 64],
    classes: Int = 10
  ) -> NetworkDescription {
    require(
      widths.count == 3 && depth >= 8 && depth % 6 == 2,
      "a residual network of depth \(depth) and \(widths.count) stages: depth must be 6 n + 2")
    let perStage = (depth - 2) / 6
    let blocks = widths.enumerated().flatMap { stage, width in
      (0..<perStage).flatMap { block in
        let narrows = block == 0 && stage > 0
        return LayerDescription.residualBlock(
          "blocks.\(stage * perStage + block)", inputs: narrows ? widths[stage - 1] : width,
          outputs: width, stride: narrows ? 2 : 1)
      }
    }
    let stem = LayerDescription.normalizedConvolution("stem", outputs: widths[0], kernel: 3)
    return NetworkDescription(
      known: stem + [.activation(.relu)] + blocks + [
        .globalAveragePooling(), .linear("classifier", outputs: classes),
      ], input: [side, side, inputs])
  }
}

extension LayerDescription {
  /// Two convolutions of 3×3 around which the input is led, unchanged or, where the shape changes,
  /// through a convolution of 1×1; each of them normalised.
  ///
  /// y = relu(norm₂(conv₂(relu(norm₁(conv₁(x))))) + shortcut(x))
  ///
  /// Shapes: B×H×W×C (channels last) → B×H'×W'×K with H' = ⌈H / stride⌉.
  /// Parameters: `first.convolution.weight`, `first.norm.weight`, `first.norm.bias`, `second.…`,
  /// `shortcut.…`, under the name of the block.
  /// Reference: He, Zhang, Ren, Sun: Deep residual learning for image recognition (CVPR 2016).
  ///
  /// - Parameters:
  ///   - name: the dotted name of the block; empty for a block that is the whole network.
  ///   - inputs: C.
  ///   - outputs: K.
  ///   - stride: of the first convolution and of the shortcut.
  public static func residualBlock(
    _ name: String, inputs: Int, outputs: Int, stride: Int = 1
  ) -> [LayerDescription] {
    let first = normalizedConvolution("first", outputs: outputs, kernel: 3, stride: stride)
    let second = normalizedConvolution("second", outputs: outputs, kernel: 3)
    let isPlain = stride == 1 && inputs == outputs
    return [
      .residual(
        name, first + [.activation(.relu)] + second,
        shortcut: isPlain
          ? []
          : normalizedConvolution("shortcut", outputs: outputs, kernel: 1, stride: stride)),
      .activation(.relu),
    ]
  }

  /// A convolution without bias, padded to keep the map, and a batch normalisation.
  ///
  /// Parameters: `convolution.weight` from N(0, 2 / (R² K)), `norm.weight`, `norm.bias`.
  static func normalizedConvolution(
    _ name: String, outputs: Int, kernel: Int, stride: Int = 1
  ) -> [LayerDescription] {
    let variance = 2 / Double(kernel * kernel * outputs)
    return [
      .convolution(
        join(name, "convolution"), outputs: outputs, kernel: kernel, stride: stride,
        padding: kernel / 2, hasBias: false,
        weightInitialization: .normal(standardDeviation: variance.squareRoot())),
      .batchNorm(join(name, "norm")),
    ]
  }
}
