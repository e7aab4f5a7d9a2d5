import ExperimentKit
import NetworkFiles
import NeuralNetworks
import Store
import Synchronization
import Tensors

/// The network of a manifest: its layers, and where its numbers come from.
struct OwnNetwork: Sendable {
  /// Its layers; images have their channels last.
  let description: NetworkDescription
  /// What one input is, in PyTorch's order.
  let input: ImportedInput
  private let origin: Origin

  /// Where the numbers come from.
  private enum Origin: Sendable {
    /// They are drawn and trained.
    case initial
    /// A file that says what the network is, and was read for that.
    case network(ImportedNetwork)
    /// A file with the tensors of a network that the manifest describes.
    case weights(String, names: [String: String])
  }

  /// The network that a section describes.
  ///
  /// - Throws: ``Failure``: (manifest invalid), or what reading a file throws that the layers follow
  ///   from.
  init(_ section: OwnNetworkSection) throws {
    try Self.checkKeys(section)
    let shape = try section.input.isEmpty ? nil : Self.shape(section.input)
    if let path = section.program {
      self = try Self.read(section, path) { try ImportedNetwork(program: path) }
    } else if let name = section.architecture, let path = section.weights {
      self = try Self.read(section, path) {
        try ImportedNetwork(
          architecture: name, weights: path, input: shape.map { ImportedInput(shape: $0) })
      }
    } else if let path = section.weights, section.layers.layers.isEmpty {
      self = try Self.read(section, path) { try ImportedNetwork(weights: path) }
    } else {
      guard let shape else {
        throw Failure(
          .manifestInvalid, "network.input is missing",
          why: "the shape of one input is needed, in PyTorch's order",
          help: "write input: [1, 28, 28] for images, input: [784] for vectors, input: [32] for "
            + "tokens")
      }
      let lines = section.layers.layers
      let tokens = lines.first.flatMap { $0.type == .embedding ? $0.whole("tokens") : nil }
      let input = ImportedInput(
        shape: shape, kind: tokens.map { .tokens(vocabulary: $0) } ?? .numbers)
      self = OwnNetwork(
        description: try LayerLine.network(lines, input: input.networkShape), input: input,
        origin: section.weights.map { .weights($0, names: section.names.names) } ?? .initial)
    }
  }

  private init(description: NetworkDescription, input: ImportedInput, origin: Origin) {
    (self.description, self.input, self.origin) = (description, input, origin)
  }

  private init(_ network: ImportedNetwork) {
    self.init(
      description: network.description, input: network.input, origin: .network(network))
  }

  // MARK: - Files

  /// A file as it was when it was read for a section.
  private struct KnownFile {
    let section: OwnNetworkSection
    let fingerprint: FileFingerprint
    let network: ImportedNetwork
  }

  /// What was read last: the configurations of a sweep over masks have one network, of which one copy is
  /// enough.
  private static let known = Mutex<KnownFile?>(nil)

  /// The network of a file, read again only when another section or another state of the file is asked for.
  private static func read(
    _ section: OwnNetworkSection, _ path: String, _ read: () throws -> ImportedNetwork
  ) throws -> OwnNetwork {
    let fingerprint = FileFingerprint(path: path)
    if let known = known.withLock({ $0 }), known.section == section,
      known.fingerprint == fingerprint
    {
      return OwnNetwork(known.network)
    }
    let network = try read()
    known.withLock { known in
      known = fingerprint.map {
        KnownFile(section: section, fingerprint: $0, network: network)
      }
    }
    return OwnNetwork(network)
  }

  /// The name of a network of torchvision, when a file of modlab says that it holds one.
  var knownName: String? {
    guard case .network(let network) = origin,
      case .torchvision(let model, _)? = network.architecture
    else { return nil }
    return model
  }

  /// The number of tokens, when the network takes tokens.
  var tokens: Int? {
    guard case .tokens(let vocabulary) = input.kind else { return nil }
    return vocabulary
  }

  // MARK: - Keys

  /// The keys say one thing about the network.
  private static func checkKeys(_ section: OwnNetworkSection) throws {
    func failure(_ what: String, why: String? = nil, help: String? = nil) -> Failure {
      Failure(.manifestInvalid, what, why: why, help: help)
    }
    let ways = [
      ("layers", !section.layers.layers.isEmpty), ("import", section.program != nil),
      ("architecture", section.architecture != nil),
    ].filter(\.1).map(\.0)
    guard ways.count < 2 else {
      throw failure(
        "network has both \(ways[0]) and \(ways[1])", why: "each of them says what the layers are")
    }
    guard !ways.isEmpty || section.weights != nil else {
      throw failure(
        "network has no layers",
        help: "list them: network: {input: [784], layers: [{linear: fc1, outputs: 100}, relu, "
          + "{linear: fc2, outputs: 10}]}, or import a file: network: {import: model.pt2}")
    }
    if section.program != nil {
      for (key, isGiven) in [
        ("weights", section.weights != nil), ("input", !section.input.isEmpty),
      ] where isGiven {
        throw failure(
          "network.\(key) with network.import", why: "the file has it", help: "leave it out")
      }
    }
    if section.architecture != nil, section.weights == nil {
      throw failure(
        "network.architecture without network.weights",
        help: "name a safetensors file with its state dictionary")
    }
    guard section.names.names.isEmpty || (section.weights != nil && ways == ["layers"]) else {
      throw failure(
        "network.names without network.layers and network.weights", help: "leave it out")
    }
  }

  private static func shape(_ input: [Int]) throws -> Shape {
    var count = 1
    for extent in input {
      count *= extent
      guard count <= 1 << 28 else {
        throw Failure(.manifestInvalid, "network.input has too many elements")
      }
    }
    return Shape(input)
  }

  // MARK: - Numbers

  /// A network with initial values, or with those of its file.
  ///
  /// - Throws: ``Failure`` (data missing, corrupt) when the file does not hold the network.
  func makeNetwork(
    _ section: OwnNetworkSection, _ context: RunContext
  ) throws -> SequentialNetwork<Float> {
    try imported(section, context)?.makeNetwork(random: context.random)
      ?? SequentialNetwork<Float>(description, random: context.random)
  }

  /// The network with the numbers of its file, which are put on record, and with what was changed told as
  /// warnings; nil when it is trained here.
  ///
  /// - Throws: ``Failure`` (data missing, corrupt) when the file does not hold the network.
  func imported(
    _ section: OwnNetworkSection, _ context: RunContext
  ) throws -> ImportedNetwork? {
    for path in [section.program, section.weights].compactMap(\.self) {
      try context.openData { try $1(path) }
    }
    let network = try imported()
    network?.notes.forEach(context.warn)
    return network
  }

  /// The network with the numbers of its file; nil when it is trained here.
  ///
  /// - Throws: ``Failure`` (data missing, corrupt) when the file does not hold the network.
  func imported() throws -> ImportedNetwork? {
    switch origin {
    case .initial: nil
    case .network(let network): network
    case .weights(let path, let names):
      try ImportedNetwork(
        description: description, input: input, weights: path, names: names)
    }
  }
}
