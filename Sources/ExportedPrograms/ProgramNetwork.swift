import NeuralNetworks
import Store
import Tensors

/// A network that PyTorch has exported with `torch.export.save`: its layers and its numbers.
///
/// Names are those of the state dictionary, without the beginnings `module.` and `_orig_mod.` that
/// wrappers add.
public struct ProgramNetwork: Sendable {
  /// What follows the logits in the exported program.
  public enum Ending: String, Sendable, Hashable {
    /// Nothing.
    case logits
    /// A softmax.
    case softmax
    /// The logarithm of a softmax.
    case logSoftmax = "log-softmax"
  }

  /// The layers up to the logits; images have their channels last.
  public let description: NetworkDescription
  /// The shape of one input in PyTorch's order: C×H×W for images.
  public let inputShape: Shape
  /// The number of different tokens of an input that holds tokens; nil for numbers.
  public let vocabulary: Int?
  /// The tensors of the layers by name in the state dictionary, as they stand in the file.
  public let tensors: [String: StoredTensor]
  /// What the program does with the logits, which is left out here.
  public let ending: Ending
  /// What was changed on the way, in sentences without a full stop.
  public let notes: [String]

  /// Reads a `.pt2` file.
  ///
  /// - Throws: ``Failure``: data missing, or corrupt for a file that is damaged, and for a network that
  ///   is computed otherwise than layers do; it names node and operator, and says what could be done.
  public init(_ path: String) throws {
    try self.init(ExportedProgram(path))
  }

  /// The network of a graph alone, whose numbers are all 0; for the fuzzer.
  ///
  /// - Parameters:
  ///   - graph: the content of `models/model.json`.
  ///   - path: what messages call it.
  package init(graph: [UInt8], path: String) throws {
    let content = try GraphParser(path: path).parse(graph)
    var tensors: [String: StoredTensor] = [:]
    for (key, weight) in content.weights {
      guard let shape = content.shapes[key], GraphParser.count(shape) ?? .max < 1 << 14 else {
        continue
      }
      tensors[weight.name] = .float32(Tensor(zeros: Shape(shape)))
    }
    try self.init(ExportedProgram(content, tensors: tensors, path: path))
  }

  private init(_ program: ExportedProgram) throws {
    let path = program.path
    let translator = ProgramTranslator(program)
    try translator.translate()
    var end = try translator.result()
    ending = Self.ending(translator.flows[end])
    if ending != .logits { end = translator.flows[end].inputs[0] }
    var reduction = FlowReduction(translator.flows, to: end, path: path)
    let prefix = Self.commonPrefix(Array(program.weights.values.map(\.name)))
    let layers = try reduction.layers(to: end).map { $0.withoutPrefix(prefix) }
    let input = Shape(program.inputShape.dropFirst())
    inputShape = input
    vocabulary = layers.lazy.compactMap { ($0.kind as? EmbeddingDescription)?.tokens }.first
    guard vocabulary != nil || program.inputType.isFractional else {
      throw ExportedProgram.failure(
        path, "the input holds whole numbers and goes through no embedding",
        help: "export with x.float() as example input, or give tokens to an nn.Embedding")
    }
    do throws(DescriptionError) {
      description = try NetworkDescription(
        input: Flow.inner(input.dimensions), layers: layers)
    } catch {
      throw ExportedProgram.failure(path, "its layers are no network", why: "\(error)")
    }
    var tensors: [String: StoredTensor] = [:]
    for (name, tensor) in program.tensors where translator.users[name] != nil {
      tensors[String(name.dropFirst(prefix.count))] = tensor
    }
    self.tensors = tensors
    notes = Self.notes(program, translator, prefix, ending)
  }

  private static func ending(_ flow: Flow) -> Ending {
    switch flow.action {
    case .logSoftmax: .logSoftmax
    case .layer(let kind as ActivationDescription) where kind.function == .softmax: .softmax
    default: .logits
    }
  }

  private static func notes(
    _ program: ExportedProgram, _ translator: ProgramTranslator, _ prefix: String, _ ending: Ending
  ) -> [String] {
    var notes = translator.notes
    if !prefix.isEmpty {
      notes.append("the beginning \(Failure.quote(prefix)) of all names was left out")
    }
    let unused = Set(program.tensors.keys).subtracting(translator.users.keys).filter {
      !$0.hasSuffix("num_batches_tracked")
    }.sorted()
    if !unused.isEmpty {
      let shown = unused.prefix(5).map { Failure.printable($0) }.joined(separator: ", ")
      notes.append(
        "tensors that the network does not use were left out: \(shown)"
          + (unused.count > 5 ? ", … (\(unused.count) tensors)" : ""))
    }
    if ending != .logits {
      notes.append(
        "the \(ending.rawValue) at the end was left out: losses and tables take the logits")
    }
    return notes
  }

  /// What wrappers put before all names.
  private static func commonPrefix(_ names: [String]) -> String {
    var prefix = ""
    while let next = ["module.", "_orig_mod."].first(where: { part in
      !names.isEmpty && names.allSatisfy { $0.hasPrefix(prefix + part) }
    }) {
      prefix += next
    }
    return prefix
  }
}

extension LayerDescription {
  /// The layer, and those within it, with names without a beginning.
  fileprivate func withoutPrefix(_ prefix: String) -> LayerDescription {
    guard !prefix.isEmpty else { return self }
    func without(_ name: String) -> String {
      name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
    }
    var kind = kind
    if let sum = kind as? ResidualDescription {
      kind = ResidualDescription(
        body: sum.body.map { $0.withoutPrefix(prefix) },
        shortcut: sum.shortcut.map { $0.withoutPrefix(prefix) })
    } else if let ways = kind as? ConcatenationDescription {
      kind = ConcatenationDescription(ways.ways.map { $0.map { $0.withoutPrefix(prefix) } })
    }
    return LayerDescription(without(name), kind, site: site.map(without))
  }
}
