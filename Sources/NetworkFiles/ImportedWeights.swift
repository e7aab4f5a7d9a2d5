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
  ///   - names: names of the file, or beginnings of them up to a dot, each with that of the network.
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
    tensors = try renamed(tensors, names)
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

  /// The tensors under the network's names: by a name of the file, or by the longest beginning of it up
  /// to a dot.
  private func renamed(
    _ tensors: [String: StoredTensor], _ names: [String: String]
  ) throws -> [String: StoredTensor] {
    guard !names.isEmpty else { return tensors }
    var result: [String: StoredTensor] = [:]
    var used: Set<String> = []
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      let old = names.keys.filter { $0 == name || name.hasPrefix($0 + ".") }
        .max { $0.utf8.count < $1.utf8.count }
      if let old { used.insert(old) }
      let new = old.map { (names[$0] ?? $0) + name.dropFirst($0.count) } ?? name
      guard result.updateValue(tensor, forKey: new) == nil else {
        throw Failure(
          .corrupt, "\(source): two tensors would be called \(Failure.quote(new))",
          why: "one of them is \(Failure.quote(name))", help: "give each a name of its own")
      }
    }
    if let old = names.keys.sorted().first(where: { !used.contains($0) }) {
      throw Failure(
        .corrupt,
        "\(source) has no tensor \(Failure.quote(old)), which is to be called "
          + Failure.quote(names[old] ?? ""), why: "no name begins with it either",
        help: Suggestion.help(for: old, among: tensors.keys))
    }
    return result
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
