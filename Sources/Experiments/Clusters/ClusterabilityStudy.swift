import Clusters
import ExperimentKit
import NetworkFiles
import NeuralNetworks
import Store

/// Manifest section `shuffles`: what the normalised cut is compared with.
struct ShuffleSettings: Settings {
  var samples = 50
  var methods = [WeightShuffle.layer]

  static let schema = Schema<ShuffleSettings>([
    .integer(
      "samples", \.samples, in: 1...100_000, paper: "50", "shuffles of the weights by each method"),
    .choices(
      "methods", \.methods, paper: "[layer]",
      "how the weights of every layer are shuffled: all of them (`layer`), those that are not 0 among "
        + "themselves (`layer-nonzero`); those that are not 0 are redrawn from their distribution "
        + "(`layer-nonzero-distribution`), after a shuffle (`layer-all-distribution`)"),
  ])
}

/// Everything a manifest can say about the clusterability of trained networks.
struct ClusterabilitySettings: Settings {
  var base = ClusterBaseSettings()
  var shuffles = ShuffleSettings()

  static let schema = Schema<ClusterabilitySettings>(
    Field.all(of: \.base) + [
      .section("shuffles", \.shuffles, "what the normalised cut is compared with")
    ])
}

/// Are trained networks more clusterable than networks with the same weights in other places?
///
/// A network is trained, then trained on while its weights are pruned; in both stages its graph is
/// partitioned, and its normalised cut is compared with those of shuffled weights. Expectation: pruned
/// networks are far more clusterable than their shuffles, most of all after training with dropout.
/// Filan, Casper, Hod, Wild, Critch, Russell: Clusterability in neural networks, 2021, section 3.
struct ClusterabilityStudy: Kind {
  typealias Configuration = ClusterabilitySettings

  let name = "clusterability"
  let summary = "Are trained networks more clusterable than their shuffles?"
  let section = ""
  let version = 1
  let tables: [Table] = [
    .accuracy, .sparsity, .partition, .clusterSizes, .ncut, .eigenvalues, .ncutShuffle,
    .ncutSamples,
  ]
  let artefacts: [Artefact] = [.weights, .trainedWeights, .partitions]

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    if c.base.clusters.graph.isLocal {
      throw Failure(
        .manifestInvalid,
        "'clusters.graph: \(c.base.clusters.graph.rawValue)' with the kind '\(name)'",
        why: "partitions of single layers have no normalised cut to compare",
        help: "set clusters.graph: \(c.base.clusters.graph.whole.rawValue)")
    }
    return try c.base.prepare(self) { stage, units in
      [c.base.clusteringStep(stage, units)]
        + c.shuffles.methods.map { method in
          RunStep(
            StageClustering.shuffleStepName(stage, method), .clustering, count: 1,
            operations: Double(c.shuffles.samples) * c.base.clusters.operations(units))
        }
    } run: { context in
      let network = try c.base.stagedNetwork(context)
      try network.measure()
      var partitions: [PartitionFile.Name: [PartitionFile.Layer]] = [:]
      for (stage, tensors) in network.stages {
        let clustering = StageClustering(
          settings: c.base.clusters, network: network, stage: stage)
        partitions.merge(try clustering.partition(tensors)) { $1 }
        for method in c.shuffles.methods {
          try clustering.shuffle(tensors, by: method, samples: c.shuffles.samples)
        }
      }
      try network.save()
      try context.save(partitions)
    }
  }
}
