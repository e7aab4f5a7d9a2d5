import NeuralNetworks
import Store
import Tensors

/// Arguments of a node, with the values that PyTorch leaves out.
extension ProgramTranslator {
  private func wrong(_ node: Node, _ name: String) -> Failure {
    failure(node, "has an argument \(Failure.quote(name)) that is missing or of another kind")
  }

  func isAbsent(_ node: Node, _ name: String) -> Bool {
    switch node.arguments[name] {
    case nil, .some(.none): true
    default: false
    }
  }

  /// A tensor that the program computes.
  func tensor(_ node: Node, _ name: String) throws -> Arrangement {
    guard case .tensor(let key) = node.arguments[name] else { throw wrong(node, name) }
    return try tensor(named: key, node)
  }

  func tensor(named key: String, _ node: Node) throws -> Arrangement {
    if let value = values[key] { return value }
    if let weight = program.weights[key] {
      throw failure(
        node, "takes the tensor \(Failure.quote(weight.name)) of the state dictionary as an input",
        why:
          "weights are read in linear layers, convolutions, embeddings, LSTMs and normalisations",
        help: "use the layers of torch.nn")
    }
    throw failure(
      node, "takes \(Failure.quote(key)), which no earlier node gives",
      why: "constants, and the second and later results of some operators, are not read")
  }

  /// A whole value that the program computes; what was rearranged for it is kept.
  func whole(_ node: Node, _ name: String) throws -> Int {
    let flow = try canonical(tensor(node, name), node)
    if case .tensor(let key) = node.arguments[name] {
      set(Arrangement(base: flow, shape: [batch] + flows[flow].example), named: key)
    }
    return flow
  }

  func integer(_ node: Node, _ name: String, otherwise: Int? = nil) throws -> Int {
    if let otherwise, isAbsent(node, name) { return otherwise }
    guard let argument = node.arguments[name], let value = integer(argument) else {
      throw wrong(node, name)
    }
    return value
  }

  private func integer(_ argument: ExportedProgram.Argument) -> Int? {
    switch argument {
    case .integer(let value):
      abs(max(value, -.max)) <= Int(Int32.max) || value == .max ? value : nil
    case .symbol(let name): integers[name]
    default: nil
    }
  }

  func integers(_ node: Node, _ name: String, otherwise: [Int]? = nil) throws -> [Int] {
    if let otherwise, isAbsent(node, name) { return otherwise }
    let parts: [ExportedProgram.Argument]
    switch node.arguments[name] {
    case .integers(let values): parts = values.map { .integer($0) }
    case .symbols(let symbols): parts = symbols
    case .integer(let value): parts = [.integer(value)]
    case .symbol(let name): parts = [.symbol(name)]
    default: throw wrong(node, name)
    }
    let values = parts.compactMap(integer)
    guard values.count == parts.count, values.count <= ExportedProgram.Limit.axes else {
      throw wrong(node, name)
    }
    return values
  }

  /// One number for both axes of an image.
  func square(_ node: Node, _ name: String, otherwise: Int) throws -> Int {
    let values = try integers(node, name, otherwise: [otherwise])
    guard let first = values.first else { return otherwise }
    guard values.allSatisfy({ $0 == first }), values.count <= 2 else {
      throw failure(
        node, "has \(name) \(GraphParser.text(values))",
        why: "both axes of an image are treated alike", help: "use the same number for both")
    }
    guard (0...(1 << 20)).contains(first) else { throw wrong(node, name) }
    return first
  }

  func number(_ node: Node, _ name: String, otherwise: Double? = nil) throws -> Double {
    if let otherwise, isAbsent(node, name) { return otherwise }
    switch node.arguments[name] {
    case .number(let value) where value.isFinite: return value
    case .integer(let value): return Double(value)
    default: throw wrong(node, name)
    }
  }

  func truth(_ node: Node, _ name: String, otherwise: Bool) throws -> Bool {
    if isAbsent(node, name) { return otherwise }
    guard case .truth(let value) = node.arguments[name] else { throw wrong(node, name) }
    return value
  }

  /// The axis of a tensor, counted from the end when negative.
  func axis(_ node: Node, _ name: String, of rank: Int, otherwise: Int? = nil) throws -> Int {
    let value = try integer(node, name, otherwise: otherwise)
    guard value >= -rank, value < rank else { throw wrong(node, name) }
    return value < 0 ? value + rank : value
  }

  /// Refuses what a program does in training only.
  func requireEvaluation(_ node: Node, _ isTraining: Bool) throws {
    guard isTraining else { return }
    throw failure(
      node, "is in training mode", why: "masks and tables are of a network as it is evaluated",
      help: "call model.eval() before torch.export.export")
  }

  // MARK: - Weights

  /// The name and shape of a weight in the state dictionary; a weight may be used once.
  func weight(_ node: Node, _ key: String) throws -> (name: String, shape: [Int]) {
    guard let weight = program.weights[key] else {
      throw failure(
        node, "takes \(Failure.quote(key)) as a weight",
        why: "it is no parameter and no buffer of the state dictionary",
        help: "weights that are computed, such as those of spectral_norm and weight_norm, are not "
          + "read: remove the parametrisation first")
    }
    guard let tensor = program.tensors[weight.name] else {
      throw ExportedProgram.failure(
        program.path, "it has no tensor \(Failure.quote(weight.name)), which the graph needs",
        help: Suggestion.help(for: weight.name, among: program.tensors.keys))
    }
    if let user = users.updateValue(node.name, forKey: weight.name) {
      throw failure(
        node, "uses the weights \(Failure.quote(weight.name)) again",
        why: "node \(Failure.quote(user)) uses them, and layers share no weights here",
        help: "export a network in which every layer is used once and has weights of its own")
    }
    if let said = program.shapes[key], said != tensor.shape.dimensions {
      throw ExportedProgram.failure(
        program.path,
        "the tensor \(Failure.quote(weight.name)) has shape \(tensor.shape)",
        why: "the graph says \(GraphParser.text(said))")
    }
    return (weight.name, tensor.shape.dimensions)
  }

  /// A weight by the name of an argument; nil for none.
  func optionalWeight(_ node: Node, _ name: String) throws -> (name: String, shape: [Int])? {
    switch node.arguments[name] {
    case nil, .some(.none): return nil
    case .tensor(let key): return try weight(node, key)
    default: throw wrong(node, name)
    }
  }

  func requiredWeight(
    _ node: Node, _ name: String, rank: Int
  ) throws -> (name: String, shape: [Int]) {
    guard let weight = try optionalWeight(node, name) else {
      throw failure(
        node, "has no \(name)", why: "layers without it are not read",
        help: "use affine=True, or elementwise_affine=True")
    }
    guard weight.shape.count == rank, weight.shape.allSatisfy({ $0 > 0 }) else {
      throw failure(
        node, "has \(Failure.quote(weight.name)) of the shape \(GraphParser.text(weight.shape))",
        why: "\(rank) axes are needed")
    }
    return weight
  }

  /// The dotted name of the layer whose weight is called `<layer>.<prefix>weight`, and the prefix.
  func layer(_ node: Node, ofWeight name: String) throws -> (name: String, prefix: String) {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard let leaf = parts.last, leaf.hasSuffix("weight") else {
      throw failure(
        node, "has a weight that is called \(Failure.quote(name))",
        why: "weights of layers are called 'weight'", help: "use the layers of torch.nn")
    }
    return (
      parts.dropLast().joined(separator: "."), String(leaf.dropLast("weight".count))
    )
  }

  /// Checks that a further weight of a layer has its usual name and shape.
  func check(
    _ node: Node, _ weight: (name: String, shape: [Int])?, is name: String, of layer: String,
    shape: [Int]
  ) throws {
    guard let weight else { return }
    let expected = layer.isEmpty ? name : "\(layer).\(name)"
    guard weight.name == expected, weight.shape == shape else {
      throw failure(
        node,
        "has \(Failure.quote(weight.name)) of the shape \(GraphParser.text(weight.shape))",
        why: "needed is \(Failure.quote(expected)) of the shape \(GraphParser.text(shape))",
        help: "use the layers of torch.nn")
    }
  }
}
