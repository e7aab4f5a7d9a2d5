import Clusters
import Datasets
import ExperimentKit
import NetworkFiles
import NeuralNetworks
import Store
import Tensors

/// What a network of a study of clusters looks like: part of the manifest section `network`.
struct NetworkForm: Settings {
  /// The families.
  enum Kind: String, CaseIterable, Sendable {
    /// A feed-forward network.
    case mlp
    /// A few convolutions and a dense layer.
    case cnn
    /// VGG-16 with batch normalisation.
    case vgg
  }

  /// How weights are drawn.
  enum Initialization: String, CaseIterable, Sendable {
    /// Uniformly, in Glorot's bounds.
    case glorot
    /// The same, with weights between units of one random module enlarged and others reduced.
    case clusterable
  }

  var kind = Kind.mlp
  var hidden = [256, 256, 256, 256]
  var channels = [64, 64, 64]
  var dense = [128]
  var widthDivisor = 1
  var initialization = Initialization.glorot

  static let schema = Schema<NetworkForm>([
    .choice(
      "kind", \.kind, paper: "all three",
      "`mlp`: dense layers; `cnn`: convolutions of 3×3, of which all but the first are followed by "
        + "pooling, and dense layers; `vgg`: VGG-16 with batch normalisation behind ReLU and pooling"
    ),
    .integers(
      "hidden", \.hidden, in: 1...100_000, count: 1...64, unit: "units",
      paper: "[256, 256, 256, 256]", "units of the hidden layers of `mlp`"),
    .integers(
      "channels", \.channels, in: 1...4096, count: 2...16, unit: "channels", paper: "[64, 64, 64]",
      "outputs of the convolutions of `cnn`"),
    .integers(
      "dense", \.dense, in: 1...100_000, count: 0...16, unit: "units", paper: "[128]",
      "units of the dense layers of `cnn` before the classifier"),
    .integer(
      "width-divisor", \.widthDivisor, in: 1...512, paper: "1", "divides all widths of `vgg`"),
    .choice(
      "initialization", \.initialization, paper: "glorot, clusterable",
      "`glorot`: uniform between ±√(6 / (inputs + outputs)), biases 0; `clusterable`: besides, every "
        + "unit gets one of ten random modules, and weights within a module are multiplied by "
        + "1 + 9 (1 − δ), others by δ = 0.6, of kernels 0.8"),
  ])

  /// The network for images; classes are ten.
  ///
  /// - Parameters:
  ///   - extents: of an image.
  ///   - dropout: rate behind dense layers; behind the convolutions of `cnn` half of it, and in `vgg`
  ///     the published rates in proportion to 0.5.
  /// - Throws: ``Failure`` (manifest invalid) when the images are too small.
  func units(_ extents: ImageSet.Extents, dropout: Double = 0) throws -> UnitLayers {
    do throws(DescriptionError) {
      return try UnitLayers(description(extents, dropout: dropout))
    } catch {
      throw Failure(.manifestInvalid, "the network does not fit the images", why: "\(error)")
    }
  }

  private func description(
    _ extents: ImageSet.Extents, dropout: Double
  ) throws(DescriptionError) -> NetworkDescription {
    let input: Shape = [extents.height, extents.width, extents.channels]
    switch kind {
    case .mlp:
      return try .perceptron(
        input: [extents.count], hidden: hidden, classes: 10, dropout: dropout)
    case .cnn, .vgg: return try .stacked(stack(input, dropout: dropout))
    }
  }

  private func stack(_ input: Shape, dropout: Double) -> ConvolutionStack {
    if kind == .vgg {
      var stack = ConvolutionStack.vgg(input: input, divisor: widthDivisor)
      if dropout > 0 {
        let published = [0.3, 0, 0.4, 0, 0.4, 0.4, 0, 0.4, 0.4, 0, 0.4, 0.4, 0.5]
        stack.convolutionDropout = published.map { $0 * dropout / 0.5 }
        stack.denseDropout = [dropout]
      }
      return stack
    }
    var stack = ConvolutionStack(input: input, channels: channels)
    stack.poolAfter = Array(1..<channels.count)
    stack.dense = dense
    if dropout > 0 {
      stack.convolutionDropout = channels.map { _ in dropout / 2 }
      stack.denseDropout = dense.map { _ in dropout }
    }
    return stack
  }

  /// What weight files say of the network.
  func architecture(_ extents: ImageSet.Extents) -> NetworkArchitecture {
    kind == .mlp
      ? .perceptron
      : NetworkArchitecture(
        stack([extents.height, extents.width, extents.channels], dropout: 0))
  }

  /// A new network.
  ///
  /// - Parameter includesInputs: whether ``Initialization/clusterable`` acts on the weights of the
  ///   inputs, too.
  func makeNetwork(
    _ units: UnitLayers, random: RandomSource, includesInputs: Bool = false
  ) -> UnitNetwork<Float> {
    let network = UnitNetwork<Float>(units, random: random)
    if initialization == .clusterable {
      var preference = ClusterableInitialization()
      preference.includesInputs = includesInputs
      let tensors = preference.applied(to: network.tensors, of: units, random: random)
      for parameter in network.parameters {
        parameter.value = tensors[parameter.name] ?? parameter.value
      }
    }
    return network
  }
}
