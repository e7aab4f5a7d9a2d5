import Store
import Tensors

extension ExportedProgram {
  /// Reads a `.pt2` file.
  ///
  /// - Throws: ``Failure``: data missing, or corrupt.
  init(_ path: String) throws {
    let archive = try ProgramArchive(path)
    let paths = try archive.paths()
    let parts = try Members(paths, path: path)
    var documents: [String: [UInt8]] = [:]
    try archive.read([
      parts.graph: Limit.graphBytes, parts.weights: Limit.graphBytes, parts.byteOrder: 64,
    ]) { documents[$0] = $1 }
    let order = String(decoding: documents[parts.byteOrder] ?? [], as: UTF8.self)
    guard order.isEmpty || order.hasPrefix("little") else {
      throw Self.failure(
        path, "the weights have the byte order \(Failure.quote(order))",
        why: "little-endian numbers are read", help: "export the model on another machine")
    }
    let content = try GraphParser(path: path).parse(documents[parts.graph] ?? [])
    let weights = ProgramWeights(path: path)
    let entries = try weights.entries(documents[parts.weights] ?? [])
    self.init(
      content, tensors: try Self.read(entries, from: archive, parts, weights), path: path)
  }

  /// A program of its graph and its numbers.
  init(_ content: GraphParser.Content, tensors: [String: StoredTensor], path: String) {
    self.path = path
    self.tensors = tensors
    version = content.version
    nodes = content.nodes
    (input, inputShape, inputType) = (content.input, content.inputShape, content.inputType)
    output = content.output
    self.weights = content.weights
    integers = content.integers
    shapes = content.shapes
  }

  private static func read(
    _ entries: [String: [ProgramWeights.Entry]], from archive: ProgramArchive, _ parts: Members,
    _ weights: ProgramWeights
  ) throws -> [String: StoredTensor] {
    var tensors: [String: StoredTensor] = [:]
    let limits = entries.map { (parts.folder + $0.key, Int.max) }
    var budget = 8 * parts.size(of: archive)
    try archive.read(Dictionary(limits) { first, _ in first }) { member, storage in
      let name = String(member.dropFirst(parts.folder.count))
      for entry in entries[name] ?? [] {
        let tensor = try weights.tensor(entry, in: storage, name)
        budget -= tensor.byteCount
        guard budget >= 0 else {
          throw failure(archive.path, "its tensors are larger than the archive by far")
        }
        tensors[entry.name] = tensor
      }
    }
    for entry in entries.sorted(by: { $0.key < $1.key }).flatMap(\.value)
    where tensors[entry.name] == nil {
      throw failure(
        archive.path, "the numbers of the tensor \(Failure.quote(entry.name)) are missing",
        help: "the archive is incomplete; write it again with torch.export.save")
    }
    return tensors
  }

  /// Where the parts of a program lie in an archive.
  private struct Members {
    let graph: String
    let weights: String
    let byteOrder: String
    /// The folder of the storages, with a slash at its end.
    let folder: String

    func size(of archive: ProgramArchive) -> Int { max(1 << 20, archive.size) }

    init(_ paths: [String], path: String) throws {
      func named(_ end: String) -> String? { paths.first { $0 == end || $0.hasSuffix("/" + end) } }
      let models = paths.filter { $0.hasSuffix(".json") && $0.contains("models/") }
      guard let graph = named("models/model.json") ?? (models.count == 1 ? models[0] : nil) else {
        throw Self.noProgram(paths, path: path, models: models)
      }
      let start = graph.range(of: "models/").map { String(graph[..<$0]) } ?? ""
      let name = graph.split(separator: "/").last.map { $0.dropLast(".json".count) } ?? "model"
      self.graph = graph
      folder = start + "data/weights/"
      weights = "\(folder)\(name)_weights_config.json"
      byteOrder = start + "byteorder"
      guard paths.contains(weights) else {
        throw failure(
          path, "the archive has a graph and no weights",
          why: "it has no member \(Failure.quote(weights))",
          help: "write it with torch.export.save of PyTorch 2.8 or later")
      }
    }

    /// Why an archive holds no program.
    private static func noProgram(_ paths: [String], path: String, models: [String]) -> Failure {
      if models.count > 1 {
        return failure(
          path, "the archive holds \(models.count) models", why: "archives of one model are read",
          help: "save each with torch.export.save in a file of its own")
      }
      if paths.contains(where: { $0.hasSuffix("serialized_exported_program.json") }) {
        return failure(
          path, "the file was written by a PyTorch before 2.8",
          why: "its weights are pickled, and a pickle may run any program when it is read",
          help: "load it with torch.export.load and save it again with PyTorch 2.8 or later")
      }
      if paths.contains(where: { $0.hasSuffix("data.pkl") || $0.hasSuffix("constants.pkl") }) {
        return ProgramArchive.pickle(path)
      }
      if paths.contains(where: { $0.hasSuffix(".npy") }) {
        return failure(
          path, "the file is an archive of NumPy arrays, no program of torch.export.save",
          help: "name the file of the network; arrays are data")
      }
      return failure(
        path, "the archive holds no program of torch.export.save",
        why: "it has no member 'models/model.json'",
        help: "in Python: torch.export.save(torch.export.export(model.eval(), (x,)), 'net.pt2')")
    }
  }
}

extension String {
  /// The part before the first occurrence of a text.
  fileprivate func range(of text: String) -> String.Index? {
    indices.first { self[$0...].hasPrefix(text) }
  }
}
