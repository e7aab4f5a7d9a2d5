import ExperimentKit
import NeuralNetworks
import Store
import Tensors

extension PredictionRequest {
  /// What silences the units of ``lesions``; nil when there are none.
  ///
  /// - Throws: ``Failure`` (usage) when the network has no unit layers, or not these units.
  func lesionSites(of network: some ParameterContainer<Float>) throws -> Sites<Float>? {
    guard !lesions.isEmpty else { return nil }
    let described =
      (network as? UnitNetwork<Float>)?.units
      // With shortcuts, the inputs of single convolutions are sites of unit networks alone.
      ?? (network as? SequentialNetwork<Float>).flatMap {
        try? UnitLayers($0.description)
      }.flatMap { $0.flow == nil ? $0 : nil }
    guard let units = described, !units.layers.isEmpty else {
      throw Failure(
        .usage, "the networks of this experiment have no units that --lesion could silence",
        why: "only those of sequences of linear layers or convolutions can be silenced")
    }
    let sites = Sites<Float>()
    let names = units.layers.map(\.name)
    for (name, silent) in lesions.sorted(by: { $0.key < $1.key }) {
      guard let layer = units.layer(named: name) else {
        throw Failure(
          .usage, "--lesion: there is no layer \(Failure.quote(name)) with units",
          why: "the network has \(names.joined(separator: ", "))",
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
