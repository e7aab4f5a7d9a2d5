import ExperimentKit
import NeuralNetworks
import Store

/// Manifest section `model` of the residual network.
struct ResidualModel: Settings {
  var depth = 110
  var widths = [16, 32, 64]

  static let schema = Schema<ResidualModel>([
    .integer(
      "depth", \.depth, in: 8...1202, unit: "layers", paper: "110",
      "layers with weights, without shortcuts: 6 n + 2 for n blocks per stage"),
    .integers(
      "widths", \.widths, in: 1...1024, count: 3...3, unit: "channels", paper: "[16, 32, 64]",
      "channels of the three stages; the map is halved before the second and the third"),
  ])

  /// The network for coloured images of ten classes.
  var description: NetworkDescription { .residual(depth: depth, widths: widths) }

  /// The rules that go beyond single keys.
  func validate() throws {
    guard depth % 6 == 2 else {
      throw Failure(
        .manifestInvalid, "model.depth is not 6 n + 2",
        why: "each of three stages has n blocks of two convolutions, besides the first convolution "
          + "and the classifier",
        help: "the nearest is \((depth - 2) / 6 * 6 + 2)")
    }
  }
}
