import Autograd
import Clusters
import ExperimentKit
import NeuralNetworks
import Tensors

/// What the units of a network answer to examples, one number for each unit and example.
struct UnitActivations {
  let network: UnitNetwork<Float>
  let examples: any StudiedExamples
  /// How the map of a channel becomes a number.
  let mapNorm: MapNorm
  let context: RunContext

  /// The activations of all units for the first examples.
  ///
  /// Shapes: per unit layer, examples×units.
  ///
  /// - Throws: ``Cancelled``.
  func values(_ place: UnitPlace, count: Int) throws -> [Tensor<Float>] {
    let layers = network.units.layers
    var rows = layers.map { layer -> [Float] in
      var row: [Float] = []
      row.reserveCapacity(count * layer.width)
      return row
    }
    let pass = ForwardPass(graph: Graph<Float>(), source: FrozenParameters<Float>())
    for start in stride(from: 0, to: count, by: StagedNetwork.chunk) {
      try context.checkCancellation()
      let part = start..<min(start + StagedNetwork.chunk, count)
      let x = pass.graph.constant(examples.inputs(network.units, part))
      network.forEachLayer(place, from: x, in: pass) { layer, values in
        rows[layer] += mapNorm.values(of: values.tensor).scalars
      }
    }
    return zip(layers, rows).map { Tensor($1, shape: [count, $0.width]) }
  }
}
