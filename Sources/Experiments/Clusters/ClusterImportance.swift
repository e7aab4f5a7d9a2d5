import Clusters
import Datasets
import ExperimentKit
import NetworkFiles
import NeuralNetworks
import Store

/// Everything a manifest can say about the importance of sub-clusters.
struct ClusterImportanceSettings: Settings {
  var base = ClusterBaseSettings()
  var lesions = LesionSection()

  static let schema = Schema<ClusterImportanceSettings>(
    Field.all(of: \.base) + [
      .section("lesions", \.lesions, "which units are silenced")
    ])
}

/// Does losing a sub-cluster hurt more than losing as many random units, and which classes?
///
/// Every sub-cluster of the network's last stage is silenced, and as many random units of its layer, and
/// the accuracies are compared. Beside every partition stands one with the same labels permuted inside
/// each layer, `shuffled-<partition>`: whatever is found there is found by chance. Expectation: losing
/// sub-clusters of pruned feed-forward networks hurts more; it does not hurt single classes more. Hod,
/// Filan, Casper, Critch, Russell: Quantifying local specialization in deep neural networks, 2021,
/// section 3.2, tables 1b, 3, 7, figures 2 and 6.
struct ClusterImportance: Kind {
  typealias Configuration = ClusterImportanceSettings

  let name = "cluster-importance"
  let summary = "Does losing a sub-cluster hurt more than losing random units?"
  let section = ""
  let version = 1
  let tables: [Table] = [
    .accuracy, .sparsity, .partition, .clusterSizes, .ncut, .eigenvalues, .lesion, .subCluster,
    .subClusterP, .taxonomy, .taxonomyCounts, .clusterTest,
  ]
  let artefacts: [Artefact] = [.weights, .trainedWeights, .partitions, .lesions]

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    try c.base.prepare(
      self, needing: .examples(StageLesions.needOfExamples), memory: StageLesions.memory
    ) { stage, units in
      guard stage == c.base.stages.last else { return [] }
      let each = Double(2 * (1 + c.lesions.controls))
      return [
        c.base.clusteringStep(stage, units),
        .lesions(
          StageLesions.stepName(stage), units, examples: c.base.testCount,
          count: each * c.base.clusters.subClusterEstimate(units)),
      ]
    } run: { context in
      let network = try c.base.stagedNetwork(context)
      let examples = network.neededExamples.test
      try network.measure()
      guard let (stage, tensors) = network.stages.last else { return }
      var partitions = try StageClustering(
        settings: c.base.clusters, network: network, stage: stage
      ).partition(tensors)
      let lesions = StageLesions(
        settings: c.lesions, network: network.network(tensors), examples: examples,
        stage: stage, context: context)
      var plans: [StageLesions.Plan] = []
      for (name, partition) in context.withShuffledLabels(partitions, of: network.units) {
        if name.isShuffled { partitions[name] = partition.fileLayers }
        plans.append(
          try lesions.plan(name, partition, controls: lesions.controls(partition)))
      }
      for (plan, found) in zip(plans, try lesions.measure(plans)) {
        let records = LesionRecords(
          plan: plan, lesions: found, controls: c.lesions.controls, context: context)
        if !plan.name.isShuffled { records.recordAccuracies() }
        records.recordQuantities()
      }
      try network.save()
      try context.save(partitions)
      try context.save(.lesions, plans.reduce(into: [:]) { $1.add(to: &$0) })
    }
  }
}

extension StageLesions.Plan {
  /// Adds the controls to the tensors of a file.
  func add(to tensors: inout [String: StoredTensor]) {
    for (subCluster, controls) in zip(subClusters, controls) {
      tensors["\(name.text)/\(subCluster.layerName)/\(subCluster.cluster)"] = .indicator(
        controls, units: subCluster.layerUnits)
    }
  }
}

extension StoredTensor {
  /// Sets of units as rows of 0 and 1.
  static func indicator(_ sets: [[Int]], units: Int) -> StoredTensor {
    var bits = [UInt8](repeating: 0, count: sets.count * units)
    for (row, set) in sets.enumerated() {
      for unit in set { bits[row * units + unit] = 1 }
    }
    return .uint8(bits, [sets.count, units])
  }
}

extension ClusterSettings {
  /// About how many sub-clusters all partitions have together: six tenths of the clusters of every layer
  /// were not empty in the published networks.
  func subClusterEstimate(_ units: UnitLayers) -> Double {
    k.reduce(0) { $0 + 0.6 * Double($1 * units.layers.count) }
  }
}

extension RunStep {
  /// Lesions of a network, part of the examples by part.
  ///
  /// - Parameter count: number of lesions, about.
  static func lesions(
    _ name: String, _ units: UnitLayers, examples: Int, count: Double
  ) -> RunStep {
    let parts = StageLesions.partCount(units, examples: examples)
    // What follows the silenced units is computed again, less than half of the network on average.
    let each = 0.4 * units.description.outline.forwardOperations
    return RunStep(
      name, .lesions, count: parts, operations: Double(examples) / Double(parts) * count * each)
  }
}
