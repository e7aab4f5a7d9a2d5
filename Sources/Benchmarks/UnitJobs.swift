import Clusters
import NeuralNetworks
import Tensors

/// What jobs on the units of random networks have in common.
struct UnitJobs {
  /// Numbers of the job.
  let source = RandomSource(seed: 0)
  /// The layers of units.
  let units: UnitLayers
  /// With random weights.
  let network: UnitNetwork<Float>

  /// A network that is described without fault.
  init(_ describe: () throws(DescriptionError) -> NetworkDescription) {
    do throws(DescriptionError) {
      units = try UnitLayers(describe())
    } catch {
      fatalError("\(error)")
    }
    network = UnitNetwork<Float>(units, random: source)
  }

  /// For every layer sets of a tenth of its units, each unit drawn by itself, as the peers do.
  ///
  /// - Parameters:
  ///   - count: sets of each layer.
  ///   - stream: the stream of each layer is this name, a stroke and its number.
  func sets(_ count: Int, stream: String) -> [[[Int]]] {
    units.layers.enumerated().map { layer, outline in
      (0..<count).map { number in
        let drawn = source.stream("\(stream)/\(layer)").integers(
          outline.width, below: 10, step: number)
        return drawn.indices.filter { drawn[$0] == 0 }
      }
    }
  }
}
