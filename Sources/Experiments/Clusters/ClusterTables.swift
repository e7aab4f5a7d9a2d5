import Clusters
import ExperimentKit

extension Table.Key {
  /// A state of a network.
  static let networkStage = Table.Key(
    "stage",
    "`initial`: just initialised; `trained`; `pruned`: trained on while weights were pruned; "
      + "`imported`: read from a file")

  /// A partition of the units.
  static let partition = Table.Key(
    "partition", "`<graph>-k<k>`, such as `weights-k12`: from which graph, into how many clusters")

  /// A layer of units.
  static let unitLayer = Table.Key(
    "layer",
    "the dotted name of the module whose outputs the units are; `inputs` for the inputs of a "
      + "feed-forward network")

  /// A cluster.
  static let cluster = Table.Key("cluster", .integer, "its number, from 0; −1: units without edges")

  /// A way to shuffle weights.
  static let shuffle = Table.Key(
    "shuffle",
    "how the weights of every layer are shuffled: `layer`, `layer-nonzero`, "
      + "`layer-nonzero-distribution` or `layer-all-distribution`")
}

extension Table {
  /// Zero weights.
  public static let sparsity = Table(
    "sparsity", "How many weights are 0",
    keys: [.networkStage, .layer],
    metrics: [
      Metric("n_weights", "number of weights, biases apart"),
      Metric("n_zero", "number of weights that are 0"),
      Metric("zero_frac", "n_zero / n_weights"),
    ])

  /// Sizes of partitions.
  public static let partition = Table(
    "partition", "How many units a partition covers",
    keys: [.networkStage, .partition, .unitLayerOrAll],
    metrics: [
      Metric("n_units", "number of units, inputs and outputs of a feed-forward network included"),
      Metric("n_isolated", "units without edges, which belong to no cluster"),
      Metric("n_clusters", "clusters that have units here"),
    ])

  /// Sizes of clusters.
  public static let clusterSizes = Table(
    "cluster_sizes", "How many units of each layer belong to each cluster",
    keys: [.networkStage, .partition, .unitLayer, .cluster],
    metrics: [
      Metric("n_units", "number of units of the layer in the cluster"),
      Metric("proportion", "n_units / number of the layer's units that have edges"),
    ], hasSummary: false)

  /// Quality of partitions.
  public static let ncut = Table(
    "ncut", "How good a partition is",
    keys: [.networkStage, .partition],
    metrics: [
      Metric("ncut", "normalised cut, 0 … k: the sum over clusters of cut / volume, without ½"),
      Metric(
        "ave_in_out",
        "(1 − ncut / k) / (2 ncut / k): weight within clusters over weight between them"),
      Metric("n_vertices", "number of vertices with edges"),
      Metric("n_isolated", "vertices without edges"),
      Metric("n_components", "connected components of the vertices with edges"),
      Metric("eigengap", "eigenvalue k + 1 minus eigenvalue k"),
      Metric("inertia", "sum of squared distances of k-means"),
      Metric(
        "ari_restarts",
        "mean adjusted Rand index of five other k-means seeds with the partition, −1 … 1"),
    ]
      + WeightShuffle.allCases.map {
        Metric(
          shuffledMetric($0.rawValue),
          "shuffled_mean of `ncut_shuffle` for the shuffle `\($0.rawValue)`; copied when the tables of a study are "
            + "built")
      },
    controls: WeightShuffle.allCases.map {
      .metric("ncut", control: shuffledMetric($0.rawValue))
    },
    derivation: { rows in
      try rows(.ncutShuffle).filter { $0.metric == "shuffled_mean" }.map {
        Record(
          keys: Array($0.keys.prefix(2)), metric: shuffledMetric($0.keys[2]), value: $0.value)
      }
    })

  /// The metric of `ncut` that holds the mean cut of a shuffle.
  private static func shuffledMetric(_ shuffle: String) -> String {
    "shuffled_" + shuffle.replacing("-", with: "_")
  }

  /// Spectrum of the graph.
  public static let eigenvalues = Table(
    "eigenvalues", "The smallest eigenvalues of the normalised Laplacian",
    keys: [
      .networkStage, Key("graph", "from what the graph is made, such as `weights`"),
      Key("index", .integer, "number of the eigenvalue from the smallest, 1 … largest k + 2"),
    ],
    metrics: [Metric("eigenvalue", "of L u = λ D u, 0 … 2")])

  /// Comparison with shuffled weights.
  public static let ncutShuffle = Table(
    "ncut_shuffle", "The normalised cut beside those of shuffled weights",
    keys: [.networkStage, .partition, .shuffle],
    metrics: [
      Metric("n_samples", "number of shuffles"),
      Metric("shuffled_mean", "mean normalised cut of the shuffles"),
      Metric("shuffled_std", "standard deviation of the shuffles, divided by n"),
      Metric("z", "(ncut − shuffled_mean) / shuffled_std: negative when more clusterable"),
      Metric("p", "(1 + shuffles with a smaller cut) / (1 + n_samples)"),
    ])

  /// Cuts of shuffled weights.
  public static let ncutSamples = Table(
    "ncut_samples", "The normalised cut of every shuffle",
    keys: [
      .networkStage, .partition, .shuffle, Key("sample", .integer, "number of the shuffle, from 0"),
    ],
    metrics: [Metric("ncut", "normalised cut of the shuffled weights, 0 … k")], hasSummary: false)

  /// Cuts of untrained networks.
  public static let randomInit = Table(
    "random_init", "The normalised cut of networks that have just been initialised",
    keys: [
      Key("network", "`mlp`, `cnn` or `vgg`"),
      Key("initialization", "`glorot` or `clusterable`"),
      Key("trial", .integer, "number of the network, from 0"),
    ],
    metrics: [Metric("ncut", "normalised cut, 0 … k")])
}

extension Table.Key {
  /// A layer of units, or all.
  static let unitLayerOrAll = Table.Key(
    Table.Key.unitLayer.name, Table.Key.unitLayer.documentation + "; `all`: all of them together")
}
