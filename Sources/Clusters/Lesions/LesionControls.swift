import NeuralNetworks
import Tensors

/// Random sub-clusters: as many units of the same layer, drawn without replacement.
///
/// Reference: Hod, Filan, Casper, Critch, Russell, 2021, section 3.
public struct LesionControls: Sendable {
  /// What random sub-clusters have in common with the true one.
  public enum Match: String, Sendable, CaseIterable {
    /// The number of units.
    case size
    /// The number of units in each tenth of the layer's units, ordered by the norm of their incoming
    /// weights: whether strong units matter more is no question of clusters.
    case sizeAndNorm = "size-and-norm"
  }

  private static let tenths = 10

  /// Units that may be drawn, by unit layer.
  private let live: [[Int]]
  /// The tenth of each of them.
  private let strata: [[Int]]

  /// Controls for the sub-clusters of a partition: of units that have edges.
  ///
  /// - Parameters:
  ///   - partition: of the network's units.
  ///   - norms: the norm of the incoming weights of each unit by unit layer, when controls match them;
  ///     see ``incomingNorms(_:tensors:)``.
  public init(_ partition: UnitPartition, matching norms: [[Double]]? = nil) {
    live = partition.labels.indices.map(partition.liveUnits)
    strata = live.enumerated().map { layer, live in
      guard let norms else { return live.map { _ in 0 } }
      let order = live.indices.sorted {
        (norms[layer][live[$0]], live[$0]) < (norms[layer][live[$1]], live[$1])
      }
      var strata = [Int](repeating: 0, count: live.count)
      for (rank, place) in order.enumerated() { strata[place] = rank * Self.tenths / live.count }
      return strata
    }
  }

  /// The Euclidean norms of the incoming weights of all units, by unit layer.
  public static func incomingNorms(
    _ units: UnitLayers, tensors: [String: Tensor<Float>]
  ) -> [[Double]] {
    units.layers.map { layer in
      let weights = layer.weights.map { outline in
        guard let weight = tensors[outline.name] else {
          fatalError("a network without '\(outline.name)'")
        }
        return weight
      }
      return (0..<layer.width).map { unit in
        weights.reduce(0) { sum, weight in
          weight.slice(unit).scalars.reduce(sum) { $0 + Double($1) * Double($1) }
        }.squareRoot()
      }
    }
  }

  /// Random sets of units in place of a sub-cluster's, each in ascending order.
  ///
  /// - Parameters:
  ///   - subCluster: what is matched.
  ///   - count: number of sets; independent of each other.
  ///   - excluded: units that are not drawn, none of them the sub-cluster's.
  ///   - random: a stream of its own.
  public func draw(
    for subCluster: SubCluster, count: Int, excluding excluded: [Int] = [], random: RandomStream
  ) -> [[Int]] {
    let (live, strata) = (live[subCluster.layer], strata[subCluster.layer])
    let members = Set(subCluster.units)
    let excluded = Set(excluded)
    var wanted: [Int: Int] = [:]
    for (unit, stratum) in zip(live, strata) where members.contains(unit) {
      wanted[stratum, default: 0] += 1
    }
    return (0..<count).map { draw in
      var missing = wanted
      var drawn: [Int] = []
      var rest: [Int] = []
      for place in random.permutation(live.count, step: draw)
      where !excluded.contains(live[place]) {
        if let left = missing[strata[place]], left > 0 {
          missing[strata[place]] = left - 1
          drawn.append(live[place])
        } else {
          rest.append(live[place])
        }
      }
      // Where excluded units leave too few in a tenth, others take their place.
      return (drawn + rest.prefix(subCluster.units.count - drawn.count)).sorted()
    }
  }
}
