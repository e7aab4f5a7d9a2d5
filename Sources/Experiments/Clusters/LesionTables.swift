import Clusters
import ExperimentKit
import Statistics

extension Table.Key {
  /// What is measured.
  static let subClusterQuantity = Table.Key(
    "quantity",
    "of lesions `accuracy`: share of right answers over all images; `importance`: mean accuracy of the "
      + "classes; `class-range`: largest less smallest change of a class's accuracy, divided by the mean "
      + "change; of images that excite units most `score` (large values are extreme), `entropy` and "
      + "`variance` (small ones are): score, entropy and activation_std in `feature_picture`"
  )

  /// What counts when values are equal.
  static let ties = Table.Key(
    "ties",
    "what counts when values are equal or no numbers: `reference`: nothing, as in the published code; "
      + "`conservative`: everything; `mid`: one half; `random`: a random number of them, the calibrated one"
  )

  /// A kind of sub-clusters.
  static let category = Table.Key(
    "category",
    "one of \(SubClusterCategory.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", "))")
}

extension Table {
  /// Accuracies under lesions.
  public static let lesion = Table(
    "lesion", "Accuracies of the network without some units",
    keys: [
      .networkStage, .partition, .unitLayer, .cluster,
      Key(
        "kind",
        "`true`: without the sub-cluster; `random`: without equally many random units of the layer; "
          + "`intact`: the whole network, of layer `none` and cluster −1"),
      Key("draw", .integer, "0 for `true` and `intact`, from 1 for `random`"),
      Key("class", .integer, "the class; `all`: over all images; `macro`: mean of the classes"),
    ],
    metrics: [Metric("accuracy", "share of right answers, 0 … 1; NaN for a class without images")],
    hasSummary: false)

  /// Quantities of sub-clusters.
  public static let subCluster = Table(
    "sub_cluster", "What the network loses with each sub-cluster",
    keys: [.networkStage, .partition, .unitLayer, .cluster],
    metrics: [
      Metric("n_units", "number of units"),
      Metric("proportion", "n_units / number of the layer's units that have edges"),
      Metric("accuracy", "accuracy without the sub-cluster, 0 … 1"),
      Metric("accuracy_change", "accuracy less that of the intact network"),
      Metric("macro_accuracy", "mean accuracy of the classes"),
      Metric("random_change_mean", "mean change of the accuracy by random units"),
      Metric("random_change_std", "standard deviation of these changes, divided by n − 1"),
      Metric("z", "(accuracy_change − random_change_mean) / random_change_std"),
      Metric(
        "class_range",
        "largest less smallest change of a class's accuracy, divided by the mean change"
      ),
      Metric(
        "effect",
        "2x / (x + m) with x and m the losses of macro_accuracy by the sub-cluster and, on average, by "
          + "random units, 0 … 2; 1: no difference"),
    ], hasSummary: false)

  /// p values of sub-clusters.
  public static let subClusterP = Table(
    "sub_cluster_p", "How extreme a sub-cluster is among random units",
    keys: [.networkStage, .partition, .unitLayer, .cluster, .subClusterQuantity, .ties],
    metrics: [Metric("p", "(controls beyond the sub-cluster + 1) / (controls + 1)")],
    hasSummary: false)

  /// Kinds of sub-clusters.
  public static let taxonomy = Table(
    "taxonomy", "Which kind each sub-cluster is of",
    keys: [.networkStage, .partition, .unitLayer, .cluster, .category],
    metrics: [Metric("member", "always 1")], hasSummary: false)

  /// Numbers of sub-clusters of each kind.
  public static let taxonomyCounts = Table(
    "taxonomy_counts", "How many sub-clusters there are of each kind",
    keys: [.networkStage, .partition, .category],
    metrics: [Metric("n_sub_clusters", "number of sub-clusters, 0 where there are none")],
    controls: [.rows(key: Key.partition.name, of: "*", control: "shuffled-*")])

  /// Tests over all sub-clusters.
  public static let clusterTest = Table(
    "cluster_test", "Whether the sub-clusters of a partition differ from random units",
    keys: [.networkStage, .partition, .subClusterQuantity, .ties],
    metrics: [
      Metric("n_sub_clusters", "number of sub-clusters"),
      Metric("n_controls", "number of random sets for each"),
      Metric("fisher_stat", "−2 Σ ln (p − 1 / (2 (n_controls + 1)))"),
      Metric("fisher_p", "upper tail of χ² with 2 n_sub_clusters degrees of freedom"),
      Metric(
        "fisher_exact_p", "upper tail for p values that are uniform on their grid; not for `mid`"),
      Metric("chi2_stat", "Σ (x − μ)² / μ over the possible p values; not for `mid`"),
      Metric("chi2_p", "upper tail of χ² with n_controls degrees of freedom; not for `mid`"),
      Metric("mean_p", "mean p value"),
      Metric("fisher_mean_log", "fisher_stat / (2 n_sub_clusters)"),
      Metric(
        "effect_factor", "mean over the sub-clusters of (mean of random units) / (own value)"),
      Metric(
        "effect",
        "mean of 2x / (x + m) with x and m the strengths of the sub-cluster and, on average, of random "
          + "units, 0 … 2; 1: no difference"),
    ],
    controls: [.rows(key: Key.partition.name, of: "*", control: "shuffled-*")])
}

extension Artefact {
  /// Random units in place of sub-clusters.
  static let lesions = Artefact(
    "lesions.safetensors", format: "modlab-lesions-1",
    "`<stage>/<partition>/<layer>/<cluster>` (U8, controls × units): 1 for the units that a control of the "
      + "sub-cluster silences; `pairs/<stage>/<partition>/<first>|<second>` (U8, controls × units): the same "
      + "in place of the first of a pair, whose second is silent too")
}
