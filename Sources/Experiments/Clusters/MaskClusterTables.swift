import Clusters
import ExperimentKit
import NeuralNetworks
import Store
import Tensors

/// Manifest section `clusters` of a study of masks: whether masks respect clusters of units.
struct MaskClusterSettings: Settings {
  var k: Int?
  var samples = 1000

  static let schema = Schema<MaskClusterSettings>([
    .optionalInteger(
      "k", \.k, in: 2...1000, unit: "clusters",
      "number of clusters into which the units are partitioned, by the absolute weights that the "
        + "network has at the end; without it masks are not compared with clusters"),
    .integer(
      "samples", \.samples, in: 1...1_000_000,
      "permutations of the labels that tell what chance alone gives"),
  ])

  private static let stepName = "cluster-masks"

  private func clusters(_ k: Int) -> ClusterSettings {
    var settings = ClusterSettings()
    settings.k = [k]
    return settings
  }

  /// The step that partitions a network and compares its masks, none without a number of clusters.
  ///
  /// - Throws: ``Failure`` (manifest invalid) for a network that cannot be partitioned.
  func steps(_ description: NetworkDescription) throws -> [RunStep] {
    guard let k else { return [] }
    return [
      RunStep(
        Self.stepName, .clustering, count: 1,
        operations: clusters(k).operations(try Self.units(description)))
    ]
  }

  private static func units(_ description: NetworkDescription) throws -> UnitLayers {
    do throws(DescriptionError) {
      return try UnitLayers(description)
    } catch {
      throw Failure(.manifestInvalid, "the network has no units to cluster", why: "\(error)")
    }
  }

  /// Compares the masks of some stages with a partition of the network.
  func record(
    _ stages: [StageMasks], of network: SequentialNetwork<Float>, in context: RunContext
  ) throws {
    guard let k else { return }
    let units = try Self.units(network.description)
    let settings = clusters(k)
    let partition = settings.partition(k)
    try context.evaluate(Self.stepName) {
      let tensors = network.parameters.reduce(into: [:]) { $0[$1.name] = $1.value }
      let labels = try SpectralClustering.of(
        WeightGraph(units, tensors: tensors, settings: settings.graphSettings), k: settings.k,
        random: context.random, name: "clusters/masks/\(settings.graph.rawValue)"
      ).partition(into: k).labels
      for stage in stages {
        try context.checkCancellation()
        for ((layer, _), labels) in zip(units.vertices(hasInputs: true), labels) {
          guard let mask = stage.masks["\(layer).weight"] else { continue }
          let found = MaskedUnits(bits: mask.bits, labels: labels)
          let chance = found.chance(
            samples: samples, random: context.random("mask-clusters/\(stage.name)/\(layer)"))
          let agreement = found.agreement
          for (metric, value) in [
            ("mutual_information", agreement.mutualInformation),
            ("normalized_mutual_information", agreement.normalizedMutualInformation),
            ("chance_mutual_information", chance), ("n_units", Double(found.kept.count)),
          ] {
            context.record(.maskClusters, [stage.name, partition, layer], metric, value)
          }
        }
      }
    }
  }
}

extension Table {
  /// Masks beside clusters.
  public static let maskClusters = Table(
    "mask_clusters", "Whether the units that masks keep are those of some clusters",
    keys: [.stage, .partition, .unitLayer],
    metrics: [
      Metric(
        "mutual_information",
        "of \"the mask keeps an incoming weight of the unit\" and the cluster of the unit, in nats"),
      Metric("normalized_mutual_information", "the same divided by the mean of both entropies"),
      Metric("chance_mutual_information", "its mean over permuted labels"),
      Metric("n_units", "number of units that have a cluster"),
    ], controls: [.metric("mutual_information", control: "chance_mutual_information")])
}
