import NeuralNetworks
import Tensors

/// A partition of the units of a network, layer by layer.
public struct UnitPartition: Sendable, Equatable {
  /// Why labels are no partition of a network's units: one sentence without a full stop.
  public struct Problem: Error, Equatable, CustomStringConvertible {
    /// The sentence.
    public let description: String
  }

  /// The dotted names of the unit layers.
  public let layers: [String]
  /// The cluster of each unit by unit layer; −1 for units without edges.
  public let labels: [[Int]]

  /// A partition.
  ///
  /// - Parameters:
  ///   - layers: names of the unit layers.
  ///   - labels: as many lists.
  public init(layers: [String], labels: [[Int]]) {
    require(layers.count == labels.count, "\(labels.count) lists of \(layers.count) layers")
    self.layers = layers
    self.labels = labels
  }

  /// The partition of a network's units from labels of vertices.
  ///
  /// - Parameters:
  ///   - units: the network.
  ///   - labels: by the names of layers; those of inputs and outputs are vertices, but no units that
  ///     can be silenced, and are left out.
  /// - Throws: ``Problem`` when a layer is missing, unknown or of another size.
  public init(
    _ units: UnitLayers, labels: [(layer: String, labels: [Int])]
  ) throws(Problem) {
    let vertices = units.vertices()
    for (layer, labels) in labels {
      guard let vertices = vertices.first(where: { $0.layer == layer }) else {
        let names = vertices.map { $0.layer }.joined(separator: ", ")
        throw Problem(description: "there is no layer '\(layer)': the network has \(names)")
      }
      guard labels.count == vertices.count else {
        throw Problem(
          description: "there are \(labels.count) labels of the layer '\(layer)': it has "
            + "\(vertices.count) units")
      }
    }
    var found: [[Int]] = []
    for layer in units.layers {
      guard let labels = labels.first(where: { $0.layer == layer.name })?.labels else {
        throw Problem(description: "there are no labels of the layer '\(layer.name)'")
      }
      found.append(labels)
    }
    self.init(layers: units.layers.map(\.name), labels: found)
  }

  /// The units of a layer that have edges.
  public func liveUnits(of layer: Int) -> [Int] {
    labels[layer].indices.filter { labels[layer][$0] >= 0 }
  }

  /// The units of each cluster in each layer, by layer and cluster.
  ///
  /// - Parameters:
  ///   - minimumSize: units that a sub-cluster has at least.
  ///   - maximumShare: of the layer's units with edges, what a sub-cluster has at most.
  public func subClusters(minimumSize: Int = 1, maximumShare: Double = 1) -> [SubCluster] {
    labels.indices.flatMap { layer in
      let live = liveUnits(of: layer)
      let members = Dictionary(grouping: live) { labels[layer][$0] }
      return members.keys.sorted().compactMap { cluster -> SubCluster? in
        let units = members[cluster] ?? []
        let subCluster = SubCluster(
          layer: layer, layerName: layers[layer], cluster: cluster, units: units,
          layerUnits: labels[layer].count, liveUnits: live.count)
        return units.count >= minimumSize && subCluster.proportion <= maximumShare
          ? subCluster : nil
      }
    }
  }

  /// The same numbers of units in the same clusters, but which units is left to chance, layer by layer:
  /// the control of everything that is said of sub-clusters.
  ///
  /// - Parameter random: the stream of a layer, by its name.
  public func shuffled(_ random: (_ layer: String) -> RandomStream) -> UnitPartition {
    let shuffled = labels.enumerated().map { layer, labels in
      let live = liveUnits(of: layer)
      var result = labels
      for (place, other) in zip(live, random(layers[layer]).permutation(live.count)) {
        result[place] = labels[live[other]]
      }
      return result
    }
    return UnitPartition(layers: layers, labels: shuffled)
  }
}

/// The units of one cluster in one layer.
public struct SubCluster: Sendable, Hashable {
  /// Number of the unit layer.
  public let layer: Int
  /// Its dotted name.
  public let layerName: String
  /// Number of the cluster.
  public let cluster: Int
  /// The units, in ascending order.
  public let units: [Int]
  /// All units of the layer.
  public let layerUnits: Int
  /// Units of the layer that have edges.
  public let liveUnits: Int

  /// A sub-cluster of known units.
  public init(
    layer: Int, layerName: String, cluster: Int, units: [Int], layerUnits: Int, liveUnits: Int
  ) {
    self.layer = layer
    self.layerName = layerName
    self.cluster = cluster
    self.units = units
    self.layerUnits = layerUnits
    self.liveUnits = liveUnits
  }

  /// The share of the layer's units with edges, above 0, at most 1.
  public var proportion: Double { Double(units.count) / Double(liveUnits) }
  /// `<number of the layer from 1>-<cluster>`, as figures name it.
  public var id: String { "\(layer + 1)-\(cluster)" }
  /// The lesion of all its units.
  public var lesion: Lesion { Lesion(layer: layer, units: units) }
}
