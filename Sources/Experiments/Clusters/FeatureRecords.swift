import Clusters
import ExperimentKit
import NetworkFiles
import Store
import Tensors

/// Records what the pictures of a partition's sub-clusters say.
struct FeatureRecords {
  let plan: StageFeatures.Plan
  let found: [StageFeatures.Found]
  /// R.
  let controls: Int
  let context: RunContext

  /// Records numbers of every picture, p values of the sub-clusters, and what all of them say together.
  func record() {
    for found in found { record(found.features) }
    let features = found.map(\.features)
    let records = QuantityRecords(
      name: plan.name, subClusters: features.map(\.subCluster), controls: controls,
      streams: StageFeatures.streams, context: context)
    for quantity in FeatureQuantity.allCases {
      records.record(quantity.rawValue, features.map { $0[quantity] })
    }
    let keys = [plan.name.stage, plan.name.partition]
    if let quartiles = SubClusterFeatures.variationQuartiles(features) {
      context.record(.cov, keys, "q1", quartiles.q1)
      context.record(.cov, keys, "median", quartiles.median)
      context.record(.cov, keys, "q3", quartiles.q3)
    }
    context.record(.cov, keys, "n_sub_clusters", Double(features.count))
  }

  private func record(_ features: SubClusterFeatures) {
    for (draw, picture) in ([features.own] + features.controls).enumerated() {
      let keys =
        features.subCluster.keys(plan.name) + [draw == 0 ? "true" : "random", String(draw)]
      func record(_ metric: String, _ value: Double) {
        context.record(.featurePicture, keys, metric, value)
      }
      record("n_units", Double(picture.units.count))
      record("score", picture.score)
      record("score_final", picture.finalScore)
      record("entropy", picture.entropy)
      record("activation_mean", picture.activationMean)
      record("activation_std", picture.activationDeviation)
      record("cov", picture.variation)
    }
  }

  /// Adds the images and the units that they are of to the tensors of a file.
  func add(to tensors: inout [String: StoredTensor]) {
    for (found, units) in zip(found, plan.units) {
      let subCluster = found.features.subCluster
      let name = subCluster.keys(plan.name).joined(separator: "/")
      tensors[name] = .float32(found.images.permutingAxes([0, 3, 1, 2]))
      tensors["\(name)/members"] = .indicator(units, units: subCluster.layerUnits)
    }
  }
}

extension Table {
  /// Numbers of every picture of features.
  public static let featurePicture = Table(
    "feature_picture", "What the images that excite sub-clusters most do to the network",
    keys: [.networkStage, .partition, .unitLayer, .cluster, .subClusterKind, .draw],
    metrics: [
      Metric("n_units", "number of units that the image is of"),
      Metric("score", "the objective in the last step, of the moved image before that step"),
      Metric("score_final", "the objective of the last image, not moved"),
      Metric(
        "entropy", "entropy of the network's distribution over classes for the last image, in nats"),
      Metric(
        "activation_mean",
        "mean over the units of their output for the last image, of channels one number of the map"),
      Metric("activation_std", "standard deviation over the units, divided by their number"),
      Metric("cov", "activation_std / activation_mean; NaN when no unit is excited"),
    ], hasSummary: false)

  /// Coefficients of variation.
  public static let cov = Table(
    "cov", "How evenly the images that excite sub-clusters most excite their units",
    keys: [.networkStage, .partition],
    metrics: [
      Metric("q1", "first quartile over the sub-clusters of `cov` in `feature_picture`"),
      Metric("median", "median"),
      Metric("q3", "third quartile"),
      Metric("n_sub_clusters", "number of sub-clusters that have a picture"),
    ])
}

extension Artefact {
  /// The images.
  static let features = Artefact(
    "features.safetensors", format: "modlab-features-1",
    "`<stage>/<partition>/<layer>/<cluster>` (F32, (1 + controls) × channels × rows × columns, 0 … 1): the "
      + "image that excites the sub-cluster most, then those of random units; `…/members` (U8, (1 + controls) "
      + "× units): 1 for the units that each is of")
}
