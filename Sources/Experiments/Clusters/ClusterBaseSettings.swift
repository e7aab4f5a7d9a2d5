import Clusters
import ExperimentKit
import NeuralNetworks
import Store

/// Manifest section `clusters`: how the units of a network are partitioned.
struct ClusterSettings: Settings {
  /// What the edges of the graph are.
  enum Graph: String, CaseIterable, Sendable {
    /// The absolute weights of the network.
    case weights
    /// Squared rank correlations of the activations of units.
    case activations
    /// The weights around each layer alone.
    case localWeights = "local-weights"
    /// The activations of each layer alone.
    case localActivations = "local-activations"

    /// The graph of the whole network. A local partition gives each layer as many clusters as the
    /// partition of the whole has there.
    var whole: Graph {
      switch self {
      case .weights, .localWeights: .weights
      case .activations, .localActivations: .activations
      }
    }

    /// Whether layers are partitioned one by one.
    var isLocal: Bool { self != whole }
  }

  var graph = Graph.weights
  var k = [12]
  var kernelNorm = KernelNorm.sum
  var batchNorm = BatchNormFolding.exact
  var inputs = true
  var assign = SpectralClustering.Assignment.kmeans
  var restarts: Int?
  var mapNorm = MapNorm.sum

  static let schema = Schema<ClusterSettings>([
    .choice(
      "graph", \.graph, paper: "weights; all four in the later paper",
      "`weights`: edges are absolute weights; `activations`: squared rank correlations of what units get "
        + "before ReLU, on at most 5,000 training images; `local-weights`, `local-activations`: every layer "
        + "with its neighbours, or alone, into as many clusters as the partition of the whole has there"
    ),
    .integers(
      "k", \.k, in: 2...1000, count: 1...16, unit: "clusters", paper: "[12]; [8, 18]",
      "numbers of clusters; every one gives a partition of its own"),
    .choice(
      "kernel-norm", \.kernelNorm, paper: "sum",
      "how the slice of a kernel between two channels becomes a weight: `sum` of the absolute values; "
        + "`column`: the largest sum of a column, what the published code computes; `euclidean`"),
    .choice(
      "batch-norm", \.batchNorm, paper: "exact",
      "which weights a batch normalisation multiplies by |γ| / √(variance + ε): `exact`: those where "
        + "the function of the network stays the same; `output`: always those in front of it; `none`"
    ),
    .flag("inputs", \.inputs, paper: "true", "whether the inputs of `mlp` are vertices"),
    .choice(
      "assign", \.assign, paper: "kmeans",
      "`kmeans` of the eigenvectors' rows, or `weighted` by the degrees of the vertices"),
    .optionalInteger(
      "restarts", \.restarts, in: 1...100_000, paper: "none",
      "restarts of k-means; without it 25 up to 2,000 vertices, else 100"),
    .choice(
      "map-norm", \.mapNorm, paper: "sum; column in the later code",
      "how the map of a channel becomes a number where outputs of units are compared: `sum` of the "
        + "absolute values; `column`: the largest sum of a column; `spectral`: the largest singular value"
    ).omittedByDefault(),
  ])

  /// How a network becomes a graph.
  var graphSettings: GraphSettings {
    var settings = GraphSettings()
    settings.kernelNorm = kernelNorm
    settings.batchNorm = batchNorm
    settings.hasInputs = inputs
    return settings
  }

  /// The vertices of the graph, by layer.
  func vertices(_ units: UnitLayers) -> [(layer: String, count: Int)] {
    graph.whole == .weights
      ? units.vertices(hasInputs: inputs) : units.layers.map { ($0.name, $0.width) }
  }

  /// Images whose activations are compared, at most.
  static let mostImages = 5000

  /// The name of the partition into k clusters.
  func partition(_ k: Int) -> String { "\(graph.rawValue)-k\(k)" }

  /// The name of the partition of the whole network, which a local one follows.
  func wholePartition(_ k: Int) -> String { "\(graph.whole.rawValue)-k\(k)" }

  /// The rules that go beyond single keys.
  ///
  /// - Throws: ``Failure`` (manifest invalid).
  func validate() throws {
    try DistinctRule.check(k, of: "clusters.k")
  }
}

/// What all studies of the clusters of one network can say: its data, the network, and how it is
/// trained and partitioned.
struct ClusterBaseSettings: Settings {
  var task = ClusterTask()
  var network = ClusterNetworkSettings()
  var data = OwnDataSettings()
  var training = ClusterTrainingSettings()
  var pruning = ClusterPruningSettings()
  var clusters = ClusterSettings()

  static let schema = Schema<ClusterBaseSettings>([
    .section("task", \.task, "the data"),
    .section("network", \.network, "the network"),
    .section(
      "data", \.data,
      "in place of the task, the examples of a network with `source: file`, as for the kind "
        + "`own-network`; targets are N classes from 0"
    ).omittedByDefault(),
    .section("training", \.training, "training of the network"),
    .section("pruning", \.pruning, "further training while weights are pruned"),
    .section("clusters", \.clusters, "partition of the units"),
  ])

  /// The rules that concern several settings.
  ///
  /// - Throws: ``Failure`` (manifest invalid).
  func validate() throws {
    try network.validate()
    try pruning.validate()
    try clusters.validate()
    if network.source != .file { try task.validate(network.form.kind) }
    if training.augment, network.form.kind == .mlp {
      throw Failure(
        .manifestInvalid, "'training.augment' with 'network.kind: mlp'",
        why: "images are moved, and a feed-forward network takes vectors",
        help: "set network.kind: cnn or vgg, or leave it out")
    }
  }

  /// The network of a file; nil when none is read.
  ///
  /// - Throws: ``Failure``: (manifest invalid), or what reading the file throws.
  func ownNetwork() throws -> OwnNetwork? {
    network.source == .file ? try OwnNetwork(network.file) : nil
  }

  /// The network: that of the file, or the one that the settings describe.
  ///
  /// - Throws: ``Failure`` (manifest invalid).
  func units() throws -> UnitLayers { try units(ownNetwork()) }

  func units(_ own: OwnNetwork?) throws -> UnitLayers {
    guard let own else { return try network.form.units(task.extents, dropout: network.dropout) }
    do throws(DescriptionError) {
      return try UnitLayers(own.description)
    } catch {
      throw Failure(
        .manifestInvalid, "the network of the file has no units that can be clustered",
        why: "\(error)",
        help:
          "clustered are sequences of linear layers, or of convolutions, with shortcuts or without, and linear "
          + "layers behind them"
      )
    }
  }

  // MARK: Stages

  /// Names of the stages in which the network is studied.
  var stages: [String] {
    switch network.source {
    case .train: [StageName.trained] + (pruning.epochs > 0 ? [StageName.pruned] : [])
    case .initial: [StageName.initial]
    case .file: [StageName.imported]
    }
  }

  /// What the trained network depends on besides seed and data files, nil when nothing is trained.
  /// Runs that agree in it share the network in all its stages.
  var trainingKey: JSONValue? {
    guard network.source == .train else { return nil }
    var task = task
    (task.testImages, task.heldOut) = (nil, false)
    return [
      "network": .string("cluster-network"), "version": .integer(1),
      "task": ClusterTask.schema.encode(task),
      "form": ClusterNetworkSettings.schema.encode(network),
      "training": ClusterTrainingSettings.schema.encode(training),
      "pruning": ClusterPruningSettings.schema.encode(pruning),
    ]
  }

  /// Number of training examples; of files as far as it is known.
  var trainCount: Int { data.isGiven ? data.exampleCounts.train : task.trainCount }
  /// Number of test examples; of files as far as it is known.
  var testCount: Int { data.isGiven ? data.exampleCounts.test : task.testCount }

  private var stepsPerEpoch: Int {
    EpochSampler.stepsPerEpoch(count: task.trainCount, size: training.batch)
  }

  /// Optimiser steps of the training and of that with pruning.
  var trainingSteps: Int { training.epochs * stepsPerEpoch }
  /// Optimiser steps while weights are pruned.
  var pruningSteps: Int { pruning.epochs * stepsPerEpoch }

  /// When how much is pruned.
  var pruningSchedule: PruningSchedule {
    PruningSchedule(
      initial: pruning.initial, final: pruning.final, end: pruningSteps, frequency: pruning.every)
  }
}

/// Names of the states of a network.
enum StageName {
  /// It has just been initialised.
  static let initial = "initial"
  /// It has been trained.
  static let trained = "trained"
  /// It has been trained on while weights were pruned.
  static let pruned = "pruned"
  /// It was read from a file.
  static let imported = "imported"
}
