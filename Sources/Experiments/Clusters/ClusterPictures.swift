import Clusters
import ExperimentKit
import NetworkFiles
import NeuralNetworks
import Store

/// Manifest section `pictures`: how the pictures of sub-clusters are made.
struct PictureSection: Settings {
  var controls = 4
  var sweeps = 20
  var order = SignAlignment.Order.fixed
  var mapNorm = MapNorm.sum
  var minSize = 4
  var maxShare = 0.8

  static let schema = Schema<PictureSection>([
    .integer(
      "controls", \.controls, in: 1...1000, paper: "4",
      "pictures of equally many random units of the layer, for every sub-cluster"),
    .integer(
      "sweeps", \.sweeps, in: 1...100_000, paper: "20",
      "how often the sign of every unit is reconsidered"),
    .choice(
      "order", \.order, paper: "fixed",
      "in which order: that of the units (`fixed`), or a `random` one, as in the published code"),
    .choice(
      "map-norm", \.mapNorm, paper: "sum",
      "how the map of a channel becomes a number: `sum` of the absolute values; `column`: the largest "
        + "sum of a column; `spectral`: the largest singular value, as in the published code"),
    .integer(
      "min-size", \.minSize, in: 1...1_000_000, unit: "units", paper: "4",
      "smaller sub-clusters have no picture"),
    .number(
      "max-share", \.maxShare, in: 0...1, paper: "0.8",
      "sub-clusters with more than this share of the layer's units have no picture"),
  ])

  /// The same for the module that makes the pictures.
  var settings: PictureSettings {
    var settings = PictureSettings()
    settings.controls = controls
    settings.sweeps = sweeps
    settings.order = order
    settings.minimumSize = minSize
    settings.maximumShare = maxShare
    return settings
  }
}

/// Everything a manifest can say about pictures of sub-clusters.
struct ClusterPicturesSettings: Settings {
  var base = ClusterBaseSettings()
  var pictures = PictureSection()

  static let schema = Schema<ClusterPicturesSettings>(
    Field.all(of: \.base) + [
      .section("pictures", \.pictures, "how the pictures of sub-clusters are made")
    ])
}

/// Which pixels do sub-clusters follow?
///
/// A picture of a sub-cluster is the mean, over its units, of the rank correlations with every pixel,
/// after the units' signs were aligned. Expectation: the pictures of sub-clusters have more contrast than
/// those of random units; of a network that adds the numbers of two half images, sub-clusters of the
/// first layer follow one half each. Hod, Filan, Casper, Critch, Russell: Quantifying local
/// specialization in deep neural networks, 2021, section 3.1.1, figures 1, 3 and 4.
struct ClusterPictures: Kind {
  typealias Configuration = ClusterPicturesSettings

  let name = "cluster-pictures"
  let summary = "Which pixels do sub-clusters follow?"
  let section = ""
  let version = 1
  let tables: [Table] = [
    .accuracy, .sparsity, .partition, .clusterSizes, .ncut, .eigenvalues, .correlationPicture,
    .pictureContrast,
  ]
  let artefacts: [Artefact] = [.weights, .trainedWeights, .partitions, .pictures]

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    try c.base.prepare(
      self, needing: .images("pictures are made from the images of the task")
    ) { stage, units in
      let images = Double(c.base.task.testCount)
      let pixels = Double(c.base.task.extents.count)
      let width = Double(units.layers.reduce(0) { $0 + $1.width })
      return [
        c.base.clusteringStep(stage, units),
        RunStep(
          StagePictures.stepName(stage), .clustering, count: 1,
          operations: images
            * (units.description.outline.forwardOperations + 2 * pixels * width)),
      ]
    } run: { context in
      let network = try c.base.stagedNetwork(context)
      let images = network.neededImages
      try network.measure()
      var partitions: [PartitionFile.Name: [PartitionFile.Layer]] = [:]
      var pictures: [String: StoredTensor] = [:]
      for (stage, tensors) in network.stages {
        let found = try StageClustering(
          settings: c.base.clusters, network: network, stage: stage
        ).partition(tensors)
        partitions.merge(found) { $1 }
        let made = try StagePictures(
          settings: c.pictures, network: network.network(tensors), images: images,
          batch: c.base.training.batch, isStack: c.base.task.pairs?.arrangement == .channels,
          stage: stage, context: context
        ).make(found)
        pictures.merge(made) { $1 }
      }
      try network.save()
      try context.save(partitions)
      try context.save(.pictures, pictures)
    }
  }
}

extension Artefact {
  /// The pictures of sub-clusters.
  static let pictures = Artefact(
    "pictures.safetensors", format: "modlab-pictures-1",
    "`<stage>/<partition>/<layer>/<cluster>` (F32, (1 + controls) × channels × rows × columns): the picture of "
      + "the sub-cluster, then those of random units; `…/members` (U8, (1 + controls) × units): 1 for the "
      + "units that each is of")
}

extension Table.Key {
  /// Whether something is of a sub-cluster or of random units.
  static let subClusterKind = Table.Key(
    "kind", "`true`: of the sub-cluster; `random`: of equally many random units of the layer")

  /// The number of a control.
  static let draw = Table.Key("draw", .integer, "0 for `true`, from 1 for `random`")
}

extension Table {
  /// Numbers of every picture.
  public static let correlationPicture = Table(
    "correlation_picture", "What the pictures of sub-clusters and of random units look like",
    keys: [.networkStage, .partition, .unitLayer, .cluster, .subClusterKind, .draw],
    metrics: [
      Metric("n_units", "number of units that the picture is of"),
      Metric("contrast", "standard deviation of the pixels, which are correlations, 0 … 1"),
      Metric("mean_abs_cosine", "mean |cosine| of the maps of all pairs of units, 0 … 1"),
      Metric("aligned_cosine", "mean cosine of the maps after their signs were aligned, −1 … 1"),
      Metric(
        "left_share",
        "share of the left half in the sum of all squared pixels, of the first channel for stacks"),
    ], hasSummary: false)

  /// Comparison of pictures with those of random units.
  public static let pictureContrast = Table(
    "picture_contrast", "The pictures of sub-clusters beside those of random units",
    keys: [
      .networkStage, .partition, .unitLayerOrAll,
      Key(
        "quantity",
        "`contrast` and `mean_abs_cosine`, see `correlation_picture`; `one_sidedness`: "
          + "|2 left_share − 1|"),
    ],
    metrics: [
      Metric("true_mean", "mean over the sub-clusters"),
      Metric("random_mean", "mean over their controls"),
      Metric("n_sub_clusters", "number of sub-clusters that have a picture"),
    ], controls: [.metric("true_mean", control: "random_mean")])
}
