import ExperimentKit
import NeuralNetworks
import Store
import Tensors

extension PredictionRequest {
  /// The network of which ``lesions`` silence units, with initial parameters; nil when there are no lesions.
  ///
  /// - Throws: ``Failure`` (usage) when the network has no unit layers.
  func unitNetwork(of description: NetworkDescription) throws -> UnitNetwork<Float>? {
    guard !lesions.isEmpty else { return nil }
    do {
      return UnitNetwork(try UnitLayers(description), random: RandomSource(seed: 0))
    } catch {
      throw Self.withoutUnits(why: "\(error)")
    }
  }

  private static func withoutUnits(why: String) -> Failure {
    Failure(
      .usage, "the networks of this experiment have no units that --lesion could silence", why: why)
  }

  /// What silences the units of ``lesions``; nil when there are none.
  ///
  /// - Throws: ``Failure`` (usage) when the network has no unit layers, or not these units.
  func lesionSites(of network: some ParameterContainer<Float>) throws -> Sites<Float>? {
    guard !lesions.isEmpty else { return nil }
    guard let units = (network as? UnitNetwork<Float>)?.units, !units.layers.isEmpty else {
      throw Self.withoutUnits(
        why: "only those of sequences of linear layers, or of convolutions with shortcuts or "
          + "without, can be silenced")
    }
    let sites = Sites<Float>()
    let names = units.layers.map(\.name)
    for (name, silent) in lesions.sorted(by: { $0.key < $1.key }) {
      guard let layer = units.layer(named: name) else {
        throw Failure(
          .usage, "--lesion: there is no layer \(Failure.quote(name)) with units",
          why: (units.flow == nil ? "" : "with shortcuts units are what one convolution takes; ")
            + "the network has \(names.joined(separator: ", "))",
          help: Suggestion.help(for: name, among: names))
      }
      if let unit = silent.first(where: { $0 >= layer.width }) {
        throw Failure(
          .usage, "--lesion: there is no unit \(unit) in \(Failure.quote(name))",
          why: "the layer has the \(layer.width) units 0 to \(layer.width - 1)")
      }
      sites.zero(layer.site, units: silent)
    }
    return sites
  }
}
