import ExperimentKit
import NeuralNetworks
import Store

/// What a study of clusters holds in memory at the same time, at least: a bound from below, so that what is
/// refused could not have been computed.
struct ClusterMemory {
  let settings: ClusterBaseSettings
  let units: UnitLayers
  /// Bytes that follow the clustering: of lesions or pictures.
  let after: Int

  private static let float = MemoryLayout<Float>.size

  /// Bytes: the weights, and the largest of what training, clustering and what follows add to them.
  var bytes: Double {
    weights + max(training, clustering, Double(after))
  }

  private var weights: Double {
    units.description.outline.parameters.reduce(0) {
      $0 + $1.shape.dimensions.reduce(Double(Self.float)) { $0 * Double($1) }
    }
  }

  /// The gradient and two moments of every weight, and what the layers of a batch have computed.
  private var training: Double {
    guard settings.network.source == .train else { return 0 }
    let recorded = units.layers.reduce(0) { $0 + Double($1.recorded) }
    return 3 * weights + Double(settings.training.batch * Self.float) * recorded
  }

  /// The weights of the edges; of a chain of layers, which falls into two sides, those of the matrix
  /// between them as well.
  private var clustering: Double {
    let isChain = settings.clusters.graph.whole == .weights && units.flow == nil
    return Double((isChain ? 2 : 1) * MemoryLayout<Double>.size)
      * Double(settings.clusters.edges(units))
  }

  /// Refuses a study that the machine could not hold.
  ///
  /// - Throws: ``Failure`` (manifest invalid).
  func check() throws {
    guard bytes > Double(Machine.memory) else { return }
    throw Failure(
      .manifestInvalid,
      "network: a run needs at least \(Self.text(bytes)) of memory",
      why: "this machine has \(Self.text(Double(Machine.memory))); the network has "
        + "\(Self.text(weights)) of weights, its clustering takes \(Self.text(clustering)), its training "
        + "\(Self.text(training)), lesions or pictures \(Self.text(Double(after)))",
      help: "choose a smaller network, smaller batches or images, or clusters.graph: weights")
  }

  /// A number of bytes, exactly and in the unit that fits.
  private static func text(_ bytes: Double) -> String {
    guard let count = Int(exactly: bytes.rounded()) else { return "\(bytes) bytes" }
    return "\(count) bytes (\(ByteCount.text(count)))"
  }
}
