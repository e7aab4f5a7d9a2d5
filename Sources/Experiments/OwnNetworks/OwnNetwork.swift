import ExperimentKit
import NeuralNetworks
import Store
import Tensors

/// The network of a manifest, without numbers.
struct OwnNetwork: Sendable {
  /// Its layers; images have their channels last.
  let description: NetworkDescription
  /// The shape of one input in PyTorch's order.
  let input: Shape
  /// The number of tokens, when it takes tokens.
  let tokens: Int?

  /// The network that a section describes.
  ///
  /// - Throws: ``Failure`` (manifest invalid).
  init(_ section: OwnNetworkSection) throws {
    guard !section.layers.layers.isEmpty else {
      throw Failure(
        .manifestInvalid, "network has no layers",
        help: "list them: network: {input: [784], layers: [{linear: fc1, outputs: 100}, relu, "
          + "{linear: fc2, outputs: 10}]}")
    }
    guard !section.input.isEmpty else {
      throw Failure(
        .manifestInvalid, "network.input is missing",
        why: "the shape of one input is needed, in PyTorch's order",
        help:
          "write input: [1, 28, 28] for images, input: [784] for vectors, input: [32] for tokens")
    }
    var count = 1
    for extent in section.input {
      count *= extent
      guard count <= 1 << 28 else {
        throw Failure(.manifestInvalid, "network.input has too many elements")
      }
    }
    guard section.names.names.isEmpty || section.weights != nil else {
      throw Failure(
        .manifestInvalid, "network.names without network.weights", help: "leave it out")
    }
    input = Shape(section.input)
    let arranged: Shape = input.rank == 3 ? [input[1], input[2], input[0]] : input
    description = try LayerLine.network(section.layers.layers, input: arranged)
    tokens = section.layers.layers.first.flatMap { line in
      line.type == .embedding ? line.whole("tokens") : nil
    }
  }

  /// A network with initial values, or with the weights of the section's file.
  ///
  /// - Throws: ``Failure`` (corrupt) when the file does not hold the network.
  func makeNetwork(
    _ section: OwnNetworkSection, _ context: RunContext
  ) throws -> SequentialNetwork<Float> {
    let network = SequentialNetwork<Float>(description, random: context.random)
    guard let path = section.weights else { return network }
    try context.openData { try $1(path) }
    let file = try TensorFile.read(path)
    let tensors = try PredictionRequest.weights(of: file.tensors, path: path) { context.warn($0) }
    let named = Dictionary(tensors.map { (section.names($0.key), $0.value) }) { first, _ in first }
    guard named.count == tensors.count else {
      throw Failure(
        .manifestInvalid, "network.names gives two tensors of \(path) one name",
        why: "the file has \(tensors.count) tensors, \(named.count) names are left")
    }
    let shapes =
      network.parameters.map { ($0.name, $0.shape) }
      + network.buffers.map { ($0.name, $0.value.shape) }
    let weights = try WeightFitting(shapes, source: path).fit(named) { context.warn($0) }
    if let strange = weights.sorted(by: { $0.key < $1.key }).first(where: { !$0.value.isFinite }) {
      let count = strange.value.scalars.count { !$0.isFinite }
      throw Failure(
        .corrupt,
        "\(path): the tensor \(Failure.quote(strange.key)) has \(count) of "
          + "\(strange.value.count) values that are not finite (NaN or infinite)",
        why: "nothing can be computed with such weights")
    }
    for parameter in network.parameters {
      parameter.value = weights[parameter.name] ?? parameter.value
    }
    for buffer in network.buffers { buffer.value = weights[buffer.name] ?? buffer.value }
    return network
  }
}
