import ExperimentKit
import NeuralNetworks
import Store
import Tensors

/// Brings the tensors of others under the names of a network, or says which of them does not fit.
struct ImportedWeights {
  private let network: [(name: String, shape: Shape)]
  private let source: String

  init(_ description: NetworkDescription, source: String) {
    network = description.tensorShapes
    self.source = source
  }

  /// Beginnings that wrappers of PyTorch put before all names: `nn.DataParallel` and `torch.compile`.
  private static let wrappers = ["module.", "_orig_mod."]

  /// The tensors of the network.
  ///
  /// - Parameters:
  ///   - tensors: the content of a file.
  ///   - names: names of the file, each with that of the network.
  ///   - note: told what was changed.
  /// - Throws: ``Failure`` (corrupt).
  func read(
    _ tensors: [String: StoredTensor], names: [String: String], note: (String) -> Void
  ) throws -> [String: Tensor<Float>] {
    var tensors = tensors
    while let wrapper = Self.wrappers.first(where: { wrapper in
      !tensors.isEmpty && tensors.keys.allSatisfy { $0.hasPrefix(wrapper) }
    }) {
      note("\(source): the beginning \(Failure.quote(wrapper)) of all names was left out")
      tensors = Dictionary(
        uniqueKeysWithValues: tensors.map { (String($0.key.dropFirst(wrapper.count)), $0.value) })
    }
    for (old, new) in names.sorted(by: { $0.key < $1.key }) {
      guard let tensor = tensors.removeValue(forKey: old) else {
        throw Failure(
          .corrupt,
          "\(source) has no tensor \(Failure.quote(old)), which is to be called "
            + Failure.quote(new),
          help: Suggestion.help(for: old, among: tensors.keys))
      }
      guard tensors.updateValue(tensor, forKey: new) == nil else {
        throw Failure(
          .corrupt, "\(source) has a tensor \(Failure.quote(new)) already",
          why: "\(Failure.quote(old)) is to be called so")
      }
    }
    let numbers = try PredictionRequest.weights(of: tensors, path: source, note: note)
    let fitted = try WeightFitting(network, source: source, use: .imported).fit(
      numbers, note: note)
    for (name, _) in network {
      guard let tensor = fitted[name], !tensor.isFinite else { continue }
      let count = tensor.scalars.count { !$0.isFinite }
      throw Failure(
        .corrupt,
        "\(source): the tensor \(Failure.quote(name)) has \(count) of \(tensor.count) values that "
          + "are not finite (NaN or infinite)",
        why: "training of the network has diverged, or its numbers have overflown half precision",
        help: "save the weights of an earlier epoch, or in float32")
    }
    return fitted
  }
}

extension NetworkDescription {
  /// Names and shapes of all parameters and running statistics: what a file of the network holds.
  var tensorShapes: [(name: String, shape: Shape)] {
    outline.parameters.map { ($0.name, $0.shape) } + runningStatistics
  }

  /// Those of the batch normalisations, wherever they stand.
  private var runningStatistics: [(name: String, shape: Shape)] {
    outline.layers.filter { $0.kind == BatchNormDescription().title }.flatMap { layer in
      layer.parameters.filter { $0.outline.role == .normScale }.flatMap { use in
        ["running_mean", "running_var"].map { buffer in
          let name = use.outline.name
          return (String(name.dropLast("weight".count)) + buffer, use.outline.shape)
        }
      }
    }
  }
}
