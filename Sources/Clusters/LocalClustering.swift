import Tensors

/// Partitions layer by layer: each by the spectral clustering of the layer with its neighbours, or of
/// the layer alone.
///
/// Reference: Hod, Filan, Casper, Critch, Russell: Quantifying local specialization in deep neural
/// networks, 2022.
public enum LocalClustering {
  /// What a layer is clustered with.
  public enum Reach: Sendable {
    /// The layers that it has edges to, as fits weights.
    case neighbours
    /// Nothing, as fits activations.
    case alone
  }

  /// The labels of every layer.
  ///
  /// A layer gets as many clusters as a partition of the whole has in it. Labels of different layers
  /// have nothing to do with each other.
  ///
  /// - Parameters:
  ///   - graph: of layers.
  ///   - reach: what a layer is clustered with.
  ///   - global: labels of a partition of the whole, by group.
  ///   - assignment: see ``SpectralClustering/partition(into:by:restarts:measuresStability:)``.
  ///   - restarts: see there.
  ///   - random: clusters.
  ///   - name: names the random streams; every layer has its own.
  /// - Throws: ``SpectralClustering/Problem``.
  public static func labels(
    of graph: WeightGraph, reach: Reach = .neighbours, guidedBy global: [[Int]],
    by assignment: SpectralClustering.Assignment = .kmeans, restarts: Int? = nil,
    random: RandomSource, name: String
  ) throws(SpectralClustering.Problem) -> [[Int]] {
    require(
      global.map(\.count) == graph.groups.map(\.count), "a partition of another graph")
    var result: [[Int]] = []
    for (index, group) in graph.groups.enumerated() {
      let clusters = Set(global[index].filter { $0 >= 0 }).count
      guard clusters > 1 else {
        result.append(global[index].map { $0 < 0 ? -1 : 0 })
        continue
      }
      let near = graph.around(index, reach)
      let clustering = try SpectralClustering(
        near.graph, clusters: [clusters], random: random, name: "\(name)/\(group.layer)")
      result.append(
        clustering.partition(into: clusters, by: assignment, restarts: restarts).labels[near.place])
    }
    return result
  }
}

extension WeightGraph {
  /// A group with those within reach, and its place among them.
  fileprivate func around(
    _ group: Int, _ reach: LocalClustering.Reach
  ) -> (graph: WeightGraph, place: Int) {
    let own = blocks.filter {
      switch reach {
      case .neighbours: $0.source == group || $0.target == group
      case .alone: $0.source == group && $0.target == group
      }
    }
    let kept = Set(own.flatMap { [$0.source, $0.target] } + [group]).sorted()
    let places = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
    func place(_ group: Int) -> Int { places[group, default: 0] }
    let part = WeightGraph(
      groups: kept.map { groups[$0] },
      blocks: own.map {
        Block(source: place($0.source), target: place($0.target), weights: $0.weights)
      })
    return (part, place(group))
  }
}
