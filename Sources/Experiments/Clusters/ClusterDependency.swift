import Clusters
import ExperimentKit
import NetworkFiles
import NeuralNetworks
import Store

/// Everything a manifest can say about dependencies of sub-clusters.
struct ClusterDependencySettings: Settings {
  var base = ClusterBaseSettings()
  var lesions = PairLesionSection()

  static let schema = Schema<ClusterDependencySettings>(
    Field.all(of: \.base) + [
      .section("lesions", \.lesions, "which units are silenced")
    ])
}

/// Which sub-clusters depend on each other?
///
/// Sub-clusters that are important alone are silenced in pairs: one of them stays silent, the other one is
/// compared with random units in its place. Which of two is important given the other says whether one
/// feeds the other. Hod, Filan, Casper, Critch, Russell: Quantifying local specialization in deep neural
/// networks, 2021, appendix A.10, table 9, figures 7 to 9.
struct ClusterDependency: Kind {
  typealias Configuration = ClusterDependencySettings

  let name = "cluster-dependency"
  let summary = "Which sub-clusters depend on each other?"
  let section = ""
  let version = 1
  let tables: [Table] = [
    .accuracy, .sparsity, .partition, .clusterSizes, .ncut, .eigenvalues, .lesion, .subCluster,
    .subClusterP, .taxonomy, .taxonomyCounts, .clusterTest, .pairLesion, .dependency,
    .dependencyCounts,
  ]
  let artefacts: [Artefact] = [
    .weights, .trainedWeights, .partitions, .lesions, .dependencies,
  ]

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    try c.base.prepare(
      self, needing: .examples(StageLesions.needOfExamples), memory: StageLesions.memory
    ) { stage, units in
      guard stage == c.base.stages.last else { return [] }
      let examples = c.base.testCount
      let subClusters = c.base.clusters.subClusterEstimate(units)
      // A quarter of the sub-clusters was important in the published networks.
      let paired = c.lesions.pairs == .all ? subClusters : subClusters / 4
      return [
        c.base.clusteringStep(stage, units),
        .lesions(
          StageLesions.stepName(stage), units, examples: examples,
          count: subClusters * Double(1 + c.lesions.single.controls)),
        .lesions(
          StagePairs.stepName(stage), units, examples: examples,
          count: paired * paired * Double(1 + c.lesions.pairControls)),
      ]
    } run: { context in
      let network = try c.base.stagedNetwork(context)
      let examples = network.neededExamples.test
      try network.measure()
      guard let (stage, tensors) = network.stages.last else { return }
      let partitions = try StageClustering(
        settings: c.base.clusters, network: network, stage: stage
      ).partition(tensors)
      let lesions = StageLesions(
        settings: c.lesions.single, network: network.network(tensors), examples: examples,
        stage: stage, context: context)
      let plans = try partitions.sorted { $0.key < $1.key }.map { name, layers in
        let partition = network.units.partition(layers)
        return try lesions.plan(name, partition, controls: lesions.controls(partition))
      }
      let found = try lesions.measure(plans)
      for (plan, found) in zip(plans, found) {
        let records = LesionRecords(
          plan: plan, lesions: found, controls: c.lesions.single.controls, context: context)
        records.recordAccuracies()
        records.recordQuantities()
      }
      let random = plans.reduce(into: [String: StoredTensor]()) { $1.add(to: &$0) }
      let pairs = StagePairs(settings: c.lesions, lesions: lesions)
      let (controls, drawings) = try pairs.measure(plans, singles: found)
      try network.save()
      try context.save(partitions)
      try context.save(.lesions, random.merging(controls) { $1 })
      try context.save(.dependencies, text: drawings)
    }
  }
}

extension Artefact {
  /// Drawings of dependencies.
  static let dependencies = Artefact(
    "dependency.dot", format: "Graphviz",
    "text for Graphviz: for every partition the important sub-clusters and an arrow for every `edge` of "
      + "`dependency`, with its case")
}

extension Table {
  /// Lesions of pairs.
  public static let pairLesion = Table(
    "pair_lesion", "What a sub-cluster costs when another one is silent",
    keys: [
      .networkStage, .partition,
      Key("first", "the sub-cluster that is judged, `<number of the layer from 1>-<cluster>`"),
      Key("second", "the sub-cluster that is silent"),
    ],
    metrics: [
      Metric("accuracy", "accuracy without both, 0 … 1"),
      Metric("delta", "accuracy without the second less that without both"),
      Metric("random_delta_mean", "the same with random units in place of the first, mean"),
      Metric("random_delta_std", "their standard deviation, divided by n − 1"),
      Metric("p", "(random units that cost more + 1) / (controls + 1)"),
      Metric("important", "1: costs a point of accuracy and more than all random units; else 0"),
    ], hasSummary: false)

  /// Dependencies between sub-clusters.
  public static let dependency = Table(
    "dependency", "Which of two important sub-clusters depends on the other",
    keys: [
      .networkStage, .partition, Key("x", "the sub-cluster in the earlier layer"),
      Key("y", "the one in the later layer"),
    ],
    metrics: [
      Metric("delta_x_given_y", "further loss of accuracy by x when y is silent"),
      Metric("delta_y_given_x", "further loss of accuracy by y when x is silent"),
      Metric("x_given_y", "1: x is important given y; else 0"),
      Metric("y_given_x", "1: y is important given x; else 0"),
      Metric(
        "case",
        "1: neither is, a chain; 2: only y is, x reaches only y; 3: only x is, it feeds y and others; 4: "
          + "both are, no conclusion"),
      Metric("edge", "1 in the cases 1 to 3: y depends on x; else 0"),
    ], hasSummary: false)

  /// Numbers of dependencies.
  public static let dependencyCounts = Table(
    "dependency_counts", "How many pairs of important sub-clusters there are of each case",
    keys: [.networkStage, .partition, Key("case", .integer, "1 … 4, see `dependency`")],
    metrics: [Metric("n_pairs", "number of pairs in different layers")])
}
