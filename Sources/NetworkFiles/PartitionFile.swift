import Clusters
import Foundation
import Store
import Tensors

/// Partitions of the units of a network in a file: tensors `<stage>/<partition>/<layer>` with one label
/// per unit, −1 for units without edges.
public struct PartitionFile: Sendable {
  /// `format` in the metadata of such a file.
  public static let format = "modlab-partitions-1"
  private static let layersKey = "layers"

  /// A partition of a network at a stage.
  public struct Name: Sendable, Hashable, Comparable {
    /// `initial`, `trained`, `pruned` or `imported`.
    public let stage: String
    /// `<graph>-k<k>`: `weights-k12`.
    public let partition: String

    /// A name of its parts.
    public init(stage: String, partition: String) {
      self.stage = stage
      self.partition = partition
    }

    /// `trained/weights-k12`.
    public var text: String { "\(stage)/\(partition)" }

    /// By stage, then by partition, numbers by their values.
    public static func < (a: Name, b: Name) -> Bool {
      a.text.compare(b.text, options: .numeric) == .orderedAscending
    }
  }

  /// The labels of a layer.
  public struct Layer: Sendable, Equatable {
    /// The dotted name of the module, or `inputs`.
    public let name: String
    /// The cluster of each unit; −1 for none.
    public let labels: [Int]

    /// A layer with its labels.
    public init(name: String, labels: [Int]) {
      self.name = name
      self.labels = labels
    }
  }

  /// The file, for messages.
  public let path: String
  /// Texts by name.
  public var metadata: [String: String]
  /// The layers of each partition, from the inputs on.
  public var partitions: [Name: [Layer]]

  /// Partitions for a new file.
  public init(
    path: String = "", metadata: [String: String] = [:], partitions: [Name: [Layer]] = [:]
  ) {
    self.path = path
    self.metadata = metadata
    self.partitions = partitions
  }

  /// The tensors of the file.
  public var tensors: [String: StoredTensor] {
    var tensors: [String: StoredTensor] = [:]
    for (name, layers) in partitions {
      for layer in layers {
        tensors["\(name.text)/\(layer.name)"] = .int64(
          layer.labels.map(Int64.init), [layer.labels.count])
      }
    }
    return tensors
  }

  /// The metadata of the file: the order of the layers among them.
  public var allMetadata: [String: String] {
    var order: [String] = []
    for name in partitions.keys.sorted() {
      for layer in partitions[name] ?? [] where !order.contains(layer.name) {
        order.append(layer.name)
      }
    }
    return metadata.merging(
      ["format": Self.format, Self.layersKey: order.joined(separator: ",")]
    ) { $1 }
  }

  /// Writes the file.
  ///
  /// - Throws: ``Failure`` (input/output).
  public func write(to path: String) throws {
    try Checkpoint.write(tensors, metadata: allMetadata, to: path, keepPrevious: false)
  }

  /// Reads a file.
  ///
  /// - Throws: ``Failure``: data missing, or corrupt when it is no file of partitions.
  public init(_ path: String) throws {
    let file = try TensorFile.read(path)
    func failure(_ what: String, why: String? = nil) -> Failure {
      Failure(
        .corrupt, "\(path): \(what)", why: why,
        help: "partitions are written by 'modlab cluster labels' and by the runs of cluster "
          + "experiments")
    }
    var partitions: [Name: [Layer]] = [:]
    for (name, tensor) in file.tensors {
      let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }) else {
        throw failure(
          "the tensor \(Failure.quote(name)) is no partition",
          why: "partitions are called <stage>/<partition>/<layer>")
      }
      guard let labels = tensor.int64, tensor.shape.rank == 1 else {
        throw failure(
          "the tensor \(Failure.quote(name)) is no partition",
          why: "it has type \(tensor.elementType.rawValue) and shape \(tensor.shape), labels are "
            + "a list of I64")
      }
      guard labels.allSatisfy({ $0 >= -1 && $0 < 1 << 31 }) else {
        throw failure(
          "the tensor \(Failure.quote(name)) holds \(labels.first { $0 < -1 || $0 >= 1 << 31 } ?? 0)",
          why: "labels are numbers from 0, and −1 for units without edges")
      }
      partitions[Name(stage: parts[0], partition: parts[1]), default: []].append(
        Layer(name: parts[2], labels: labels.map { Int($0) }))
    }
    guard !partitions.isEmpty else { throw failure("the file holds no partitions") }
    let order = (file.metadata[Self.layersKey] ?? "").split(separator: ",").map(String.init)
    self.path = path
    metadata = TensorFile.metadataWithoutChecksums(file.metadata)
    self.partitions = partitions.mapValues { layers in
      layers.sorted { Self.isBefore($0.name, $1.name, order) }
    }
  }

  /// Layers that the metadata do not order stand behind the others, in the order of their numbers.
  private static func isBefore(_ a: String, _ b: String, _ order: [String]) -> Bool {
    let (i, j) = (order.firstIndex(of: a) ?? .max, order.firstIndex(of: b) ?? .max)
    return i == j ? a.compare(b, options: .numeric) == .orderedAscending : i < j
  }
}
