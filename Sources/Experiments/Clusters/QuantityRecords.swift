import Clusters
import ExperimentKit
import NetworkFiles
import NeuralNetworks
import Statistics
import Store
import Tensors

/// Records how extreme the sub-clusters of a partition are among random units, quantity by quantity,
/// and whether all of them together are.
struct QuantityRecords {
  let name: PartitionFile.Name
  let subClusters: [SubCluster]
  /// R.
  let controls: Int
  /// What the random streams begin with.
  let streams: String
  let context: RunContext

  /// Records the p values of a quantity and the tests over all sub-clusters.
  ///
  /// - Parameters:
  ///   - quantity: its name.
  ///   - values: of each sub-cluster.
  func record(_ quantity: String, _ values: [ControlledValue]) {
    let uniforms = subClusters.map { uniform($0, quantity) }
    for (index, subCluster) in subClusters.enumerated() {
      for ties in TieMode.allCases {
        let rank = values[index].rank(ties, uniform: uniforms[index])
        context.record(
          .subClusterP, subCluster.keys(name) + [quantity, ties.rawValue], "p",
          ControlRank.p(rank: rank, controls: controls))
      }
    }
    for ties in TieMode.allCases {
      record(
        ClusterTest(values, controls: controls, ties: ties, uniforms: uniforms),
        [name.stage, name.partition, quantity, ties.rawValue])
    }
  }

  /// A random number of a sub-cluster and a quantity, which breaks ties.
  private func uniform(_ subCluster: SubCluster, _ quantity: String) -> Double {
    let stream = context.random(subCluster.stream(streams, name, "ties/\(quantity)"))
    return (stream.uniform([1]) as Tensor<Double>).item
  }

  private func record(_ test: ClusterTest, _ keys: [String]) {
    func record(_ metric: String, _ value: Double?) {
      guard let value else { return }
      context.record(.clusterTest, keys, metric, value)
    }
    let found = test.combination
    record("n_sub_clusters", Double(found.ranks.count))
    record("n_controls", Double(found.controls))
    guard !found.ranks.isEmpty else { return }
    record("fisher_stat", found.fisherStatistic)
    record("fisher_p", found.fisherP)
    record("mean_p", test.meanP)
    record("fisher_mean_log", found.meanCost)
    record("effect_factor", test.factor)
    record("effect", test.effect)
    // Halves of ranks are no ranks: the following need those.
    guard keys.last != TieMode.mid.rawValue else { return }
    record("fisher_exact_p", found.fisherExactP)
    record("chi2_stat", found.categoricalStatistic)
    record("chi2_p", found.categoricalP)
  }
}

extension SubCluster {
  /// Stage, partition, layer and cluster.
  func keys(_ name: PartitionFile.Name) -> [String] {
    [name.stage, name.partition, layerName, String(cluster)]
  }

  /// The name of a random stream of the sub-cluster.
  func stream(_ study: String, _ name: PartitionFile.Name, _ purpose: String) -> String {
    "\(study)/\(name.text)/\(layerName)/\(cluster)/\(purpose)"
  }
}

extension UnitLayers {
  /// The partition of the units from the labels of all vertices.
  func partition(_ layers: [PartitionFile.Layer]) -> UnitPartition {
    do throws(UnitPartition.Problem) {
      return try UnitPartition(self, labels: layers.map { ($0.name, $0.labels) })
    } catch {
      fatalError("a clustering of another network: \(error)")
    }
  }
}

extension PartitionFile.Name {
  /// The partition with the same labels, permuted inside each layer.
  var shuffled: PartitionFile.Name {
    PartitionFile.Name(stage: stage, partition: Self.shuffledPrefix + partition)
  }

  /// Whether labels are permuted inside each layer.
  var isShuffled: Bool { partition.hasPrefix(Self.shuffledPrefix) }

  /// What the names of such partitions begin with.
  static let shuffledPrefix = "shuffled-"
}

extension RunContext {
  /// The partitions of the units by name, each followed by the one with permuted labels, for which
  /// nothing but chance may be found; it is the same in all studies.
  func withShuffledLabels(
    _ partitions: [PartitionFile.Name: [PartitionFile.Layer]], of units: UnitLayers
  ) -> [(name: PartitionFile.Name, partition: UnitPartition)] {
    partitions.sorted { $0.key < $1.key }.flatMap { name, layers in
      let partition = units.partition(layers)
      let shuffled = partition.shuffled { random("lesions/\(name.shuffled.text)/\($0)") }
      return [(name, partition), (name.shuffled, shuffled)]
    }
  }
}

extension UnitPartition {
  /// The layers for a file.
  var fileLayers: [PartitionFile.Layer] {
    zip(layers, labels).map { PartitionFile.Layer(name: $0, labels: $1) }
  }

  /// Refuses a partition of which no sub-cluster has the size that is asked for.
  ///
  /// - Parameters:
  ///   - section: the section of the manifest with `min-size` and `max-share`.
  ///   - fate: what sub-clusters are to be.
  /// - Throws: ``Failure`` (run failed).
  func requireSubClusters(
    _ found: [SubCluster], _ name: PartitionFile.Name, section: String, fate: String,
    minSize: Int, maxShare: Double
  ) throws {
    guard found.isEmpty else { return }
    let all = subClusters()
    let sizes = layers.indices.map { layer in
      let found = all.filter { $0.layer == layer }.map { String($0.units.count) }
      return "\(layers[layer]) (\(labels[layer].count) units): "
        + (found.isEmpty ? "none" : found.joined(separator: ", "))
    }
    throw Failure(
      .runFailed, "no sub-cluster of '\(name.text)' is left to be \(fate)",
      why: "their sizes are, by layer, \(sizes.joined(separator: "; ")); "
        + "\(section).min-size is \(minSize), \(section).max-share \(maxShare)",
      help: "lower \(section).min-size, or raise \(section).max-share")
  }
}
