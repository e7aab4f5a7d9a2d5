import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// Manifest section `model` of the convolutional network.
struct ConvolutionalModel: Settings {
  var channels = [32, 64, 128, 256]
  var innerDropout = 0.25
  var outerDropout = 0.5

  static let schema = Schema<ConvolutionalModel>([
    .integers(
      "channels", \.channels, in: 1...4096, count: 2...6, unit: "channels",
      paper: "[32, 64, 128, 256]",
      "outputs of the convolutions of 3×3, first to last; after each but the last the map is halved"
    ),
    .number(
      "inner-dropout", \.innerDropout, in: 0...0.99, unit: "probability", paper: "0.25",
      "after the last but one convolution while the network is trained"),
    .number(
      "outer-dropout", \.outerDropout, in: 0...0.99, unit: "probability", paper: "0.5",
      "after the last convolution while the network is trained"),
  ])

  /// The network for coloured images of ten classes.
  var description: NetworkDescription {
    .convolutional(channels: channels, innerDropout: innerDropout, outerDropout: outerDropout)
  }
}

/// A kind of experiment with the convolutional network for CIFAR-10.
protocol ConvolutionalKind: Kind
where Configuration == StudySettings<Task, ConvolutionalModel> {
  associatedtype Task: TaskWithImages
}

extension ConvolutionalKind {
  /// The same for all experiments with this network: they share what is trained alike.
  func pretrainingKey(_ c: Configuration) -> JSONValue {
    c.pretrainingKey(
      network: "cifar10-cnn", version: 1, task: ImageTask.schema.encode(c.task.data))
  }

  /// The study of the network: trained on four fifths of the training images, evaluated on the
  /// others.
  func study(
    _ c: Configuration, _ context: RunContext
  ) throws -> ImageStudy<SequentialNetwork<Float>> {
    let (train, valid) = try c.task.data.parts(.cifar10, context)
    let network = SequentialNetwork<Float>(c.model.description, random: context.random)
    return ImageStudy(
      source: NetworkSource(
        network, c.pretrain, logEvery: c.logEvery,
        keepingInitial: c.controls.needsInitialWeights, context), train: train,
      valid: valid)
  }
}
