import ExperimentKit
import NeuralNetworks
import Store

/// Manifest section `network` of studies of clusters: where the network comes from and what it looks
/// like.
struct ClusterNetworkSettings: Settings {
  /// Where the network comes from.
  enum Source: String, CaseIterable, Sendable {
    /// It is trained, and pruned if that is asked for.
    case train
    /// It has just been initialised.
    case initial
    /// It is read from a file.
    case file
  }

  var source = Source.train
  var form = NetworkForm()
  var dropout = 0.0
  var file = OwnNetworkSection()

  static let schema = Schema<ClusterNetworkSettings>(
    [
      .choice(
        "source", \.source, paper: "train, initial",
        "`train`: it is trained and pruned; `initial`: it stays as it is initialised; `file`: it is "
          + "read from `import` or `weights`, as networks of the kind `own-network` are, and what kind, "
          + "sizes and dropout say does not count")
    ] + Field.all(of: \.form) + [
      .number(
        "dropout", \.dropout, in: 0...0.99, unit: "probability", paper: "0 or 0.5",
        "behind dense layers while the network is trained; behind the convolutions of `cnn` half of "
          + "it, and in `vgg` the published rates in proportion to 0.5")
    ]
      + Field.all(of: \.file).map { field in
        // Configurations have always said whether there are weights.
        field.key == "weights" ? field : field.omittedByDefault()
      })

  /// The rules that go beyond single keys.
  ///
  /// - Throws: ``Failure`` (manifest invalid).
  func validate() throws {
    if source == .file {
      guard file.isTrained else {
        throw Failure(
          .manifestInvalid,
          "'network.source: file' without 'network.weights' or 'network.import'",
          why: file.layers.layers.isEmpty
            ? nil : "layers without weights are trained by the kind own-network alone",
          help: "name the file with the trained network")
      }
    } else if let key = file.givenKey {
      throw Failure(
        .manifestInvalid, "'network.\(key)' with 'network.source: \(source.rawValue)'",
        why: "networks are read with source: file only", help: "leave one of them out")
    }
  }
}

/// Manifest section `training` of studies of clusters.
struct ClusterTrainingSettings: Settings {
  var epochs = 20
  var batch = 128
  var learningRate = 1e-3
  var l1 = 0.0
  var l2 = 0.0
  var augment = false

  static let schema = Schema<ClusterTrainingSettings>([
    .integer(
      "epochs", \.epochs, in: 1...100_000, unit: "epochs", paper: "20; 10 for cnn",
      "passes over the training images, each in a fresh random order"),
    .integer(
      "batch", \.batch, in: 1...1_000_000, unit: "examples", paper: "128; 64 for cnn",
      "examples per step, drawn without replacement; the last step of an epoch takes what is left"),
    .number(
      "lr", \.learningRate, in: 0...1000, paper: "1e-3",
      "learning rate of Adam, whose decays are 0.9 and 0.999 and whose ε is 1e-7"),
    .number(
      "l1", \.l1, in: 0...1000, paper: "0 or 5e-5",
      "strength of an L1 penalty on all weights, biases apart"),
    .number(
      "l2", \.l2, in: 0...1000, paper: "0 or 5e-5",
      "strength of an L2 penalty on all weights, biases apart: this number times Σ w²"),
    .flag(
      "augment", \.augment, paper: "true for vgg",
      "whether training images are turned by up to 15°, shifted by up to a tenth of their side and "
        + "mirrored at random, for convolutional networks"
    ).omittedByDefault(),
  ])
}

/// Manifest section `pruning` of studies of clusters.
struct ClusterPruningSettings: Settings {
  var epochs = 20
  var initial = 0.5
  var final = 0.9
  var every = 10
  var regrow = true

  static let schema = Schema<ClusterPruningSettings>([
    .integer(
      "epochs", \.epochs, in: 0...100_000, unit: "epochs", paper: "20",
      "epochs of further training, with a fresh optimiser, in which the weights of smallest magnitude "
        + "of every weight tensor are pruned; 0 prunes nothing, and the stage `trained` is the only one"
    ),
    .number("initial", \.initial, in: 0...1, paper: "0.5", "share that is pruned at the beginning"),
    .number("final", \.final, in: 0...1, paper: "0.9", "share that is pruned in the end"),
    .integer(
      "every", \.every, in: 1...1_000_000, unit: "steps", paper: "10",
      "steps from one choice of the pruned weights to the next"),
    .flag(
      "regrow", \.regrow, paper: "true",
      "whether a pruned weight keeps the update of each step until the next choice, so that it may "
        + "return, as in the published code; otherwise it stays 0"),
  ])

  /// The rules that go beyond single keys.
  ///
  /// - Throws: ``Failure`` (manifest invalid).
  func validate() throws {
    guard final >= initial else {
      throw Failure(
        .manifestInvalid, "'pruning.final: \(final)' is below 'pruning.initial: \(initial)'",
        why: "the pruned share grows", help: "raise pruning.final, or lower pruning.initial")
    }
  }
}
