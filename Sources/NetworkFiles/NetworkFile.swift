import ExperimentKit
import Foundation
import NeuralNetworks
import Store
import Tensors

/// A network of unit layers in a weight file that describes it, or in a file of `torch.export.save`.
public struct NetworkFile: Sendable {
  /// The file.
  public let path: String
  /// Its metadata.
  public let metadata: [String: String]
  /// What the file says of its network; nil for a file of `torch.export.save`.
  public let architecture: NetworkArchitecture?
  /// The network as a sequence of unit layers.
  public let units: UnitLayers
  /// Parameters and running statistics by name, in the shapes of the network and finite.
  public let tensors: [String: Tensor<Float>]

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: a safetensors file, or one of `torch.export.save` (`.pt2`).
  ///   - architecture: a file with the description as JSON; nil for that in the metadata.
  ///   - note: told in a sentence without a full stop what was changed.
  /// - Throws: ``Failure``: data missing, or corrupt when the file does not describe its network, does
  ///   not hold it, or holds a number that is not finite.
  public init(
    _ path: String, architecture: String? = nil, note: (String) -> Void = { _ in }
  ) throws {
    if try Self.isProgram(path) {
      self = try Self.ofProgram(path, note: note)
      guard architecture == nil else {
        throw Failure(
          .usage, "an architecture for \(Failure.quote(path: path))",
          why: "a file of torch.export.save says itself which network it holds",
          help: "leave out --architecture")
      }
      return
    }
    let file = try TensorFile.read(path)
    let found = try architecture.map { path in
      try NetworkArchitecture(
        String(decoding: InputFile.bytes(at: path, maximumSize: 1 << 20), as: UTF8.self),
        source: path)
    }
    try self.init(path: path, file: file, architecture: found, note: note)
  }

  /// Whether a file is read as one of `torch.export.save`: what has a name of PyTorch's files, and
  /// every zip archive. All others are read as safetensors files.
  ///
  /// - Throws: ``Failure`` (data missing) when the file cannot be read.
  public static func isProgram(_ path: String) throws -> Bool {
    let name = path.lowercased()
    if [".pt2", ".pt", ".pth"].contains(where: name.hasSuffix) { return true }
    return MistakenContent(try InputFile(path).beginning(4)) == .packed(by: "zip")
  }

  /// The network of a program.
  private static func ofProgram(_ path: String, note: (String) -> Void) throws -> NetworkFile {
    let network = try ImportedNetwork(program: path, note: note)
    do throws(DescriptionError) {
      return NetworkFile(
        path: path, metadata: [:], architecture: nil,
        units: try UnitLayers(network.description), tensors: network.tensors)
    } catch {
      throw Failure(
        .corrupt, "the network of \(path) has no units that can be clustered", why: "\(error)",
        help:
          "clustered are sequences of linear layers, or of convolutions, with shortcuts or without, and linear "
          + "layers behind them"
      )
    }
  }

  private init(
    path: String, metadata: [String: String], architecture: NetworkArchitecture?,
    units: UnitLayers, tensors: [String: Tensor<Float>]
  ) {
    self.path = path
    self.metadata = metadata
    self.architecture = architecture
    self.units = units
    self.tensors = tensors
  }

  /// Takes the network from the content of a file.
  ///
  /// - Throws: ``Failure`` (corrupt), as ``init(_:architecture:note:)``.
  public init(
    path: String, file: SafetensorsFile, architecture: NetworkArchitecture? = nil,
    note: (String) -> Void = { _ in }
  ) throws {
    let tensors = try PredictionRequest.weights(of: file.tensors, path: path, note: note)
    guard let architecture = try architecture ?? Self.architecture(of: file, path: path) else {
      throw Failure(
        .corrupt, "\(path) does not say which network it holds",
        why: "its metadata have no entry '\(NetworkArchitecture.metadataKey)'",
        help: "commands on clusters take --architecture FILE with JSON such as "
          + "\(NetworkArchitecture.perceptron.text), manifests network.layers or "
          + "network.architecture; a file of torch.export.save needs neither")
    }
    let units = try architecture.units(
      shapes: tensors.mapValues(\.shape), source: path)
    try Self.check(tensors, units.description, architecture, path)
    self.init(
      path: path, metadata: file.metadata, architecture: architecture, units: units,
      tensors: tensors)
  }

  /// The layers.
  public var description: NetworkDescription { units.description }

  /// What the metadata say; feed-forward networks of modlab need to say nothing.
  private static func architecture(
    of file: SafetensorsFile, path: String
  ) throws -> NetworkArchitecture? {
    if let text = file.metadata[NetworkArchitecture.metadataKey] {
      return try NetworkArchitecture(text, source: path)
    }
    let isFeedForward = file.tensors.keys.allSatisfy { name in
      let parts = name.split(separator: ".")
      return parts.count == 3 && parts[0] == "layers" && Int(parts[1]) != nil
        && (parts[2] == "weight" || parts[2] == "bias")
    }
    return file.metadata["format"] == "modlab-weights-1" && isFeedForward ? .perceptron : nil
  }

  private static func check(
    _ tensors: [String: Tensor<Float>], _ description: NetworkDescription,
    _ architecture: NetworkArchitecture, _ path: String
  ) throws {
    let shapes = description.tensorShapes
    let why = "its architecture is \(architecture.shortText)"
    func help() -> String? { architecture.looksLike(tensors.mapValues(\.shape)) }
    for (name, shape) in shapes {
      guard let tensor = tensors[name] else {
        throw Failure(
          .corrupt, "\(path) has no tensor \(Failure.quote(name))",
          why: architecture.isKnown ? "\(why), where it has shape \(shape)" : why, help: help())
      }
      guard tensor.shape == shape else {
        throw Failure(
          .corrupt, "\(path): the tensor \(Failure.quote(name)) has shape \(tensor.shape)",
          why: "the network needs \(shape); \(why)",
          help: Self.transposition(from: tensor.shape, to: shape) ?? help())
      }
    }
    let known = Set(shapes.map(\.name))
    let names = tensors.keys.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
    if let name = names.first(where: { !known.contains($0) }) {
      throw Failure(
        .corrupt,
        "\(path) has the tensor \(Failure.quote(name)), which the network does not have", why: why,
        help: help())
    }
    for name in names {
      guard let tensor = tensors[name], !tensor.isFinite else { continue }
      let count = tensor.scalars.count { !$0.isFinite }
      throw Failure(
        .corrupt,
        "\(path): the tensor \(Failure.quote(name)) has \(count) of \(tensor.count) values that "
          + "are not finite (NaN or infinite)", why: "such weights have no graph")
    }
  }

  /// What to do with a kernel in the order of TensorFlow.
  private static func transposition(from found: Shape, to needed: Shape) -> String? {
    guard needed.rank == 4, found.dimensions == [2, 3, 1, 0].map({ needed[$0] }) else { return nil }
    return "the kernel is in TensorFlow's order, rows × columns × inputs × outputs: needed is "
      + "outputs × inputs × rows × columns, in NumPy kernel.transpose(3, 2, 0, 1)"
  }
}
