import NeuralNetworks
import Store
import Tensors

/// Functions of every element, sums and concatenations.
extension ProgramTranslator {
  static func elementwise(_ function: ActivationFunction) -> Operation {
    { translator, node in
      try translator.elementwise(node, "self", ActivationDescription(function))
    }
  }

  func gelu(_ node: Node) throws {
    if case .text(let word) = node.arguments["approximate"], word != "none" {
      throw failure(
        node, "approximates GELU by \(Failure.quote(word))", why: "modlab's GELU is exact",
        help: "use approximate='none'")
    }
    try elementwise(node, "self", ActivationDescription(.gelu))
  }

  func dropout(_ node: Node) throws {
    try requireEvaluation(node, truth(node, "train", otherwise: true))
    let rate = try number(node, "p")
    guard rate > 0, rate < 1 else { return try copyName(node, "input") }
    try elementwise(node, "input", DropoutDescription(rate: rate))
  }

  private func copyName(_ node: Node, _ argument: String) throws {
    set(try tensor(node, argument), as: node)
  }

  /// Puts a function of every element behind a value: what is in another order stays so.
  private func elementwise(_ node: Node, _ argument: String, _ kind: any LayerKind) throws {
    let x = try tensor(node, argument)
    guard x.count == count(of: x.base), x.elements?.contains(-1) != true else {
      try requireCopying(node)
      return set(try add(kind, to: whole(node, argument), node), as: node)
    }
    let flow = try add(kind, to: x.base, node)
    let value = Arrangement(base: flow, shape: x.shape, elements: x.elements)
    try replace(x.base, by: flow, node)
    set(value, as: node)
  }

  /// Whether an operator changes its tensor in place.
  private func isInPlace(_ node: Node) -> Bool {
    let parts = node.target.split(separator: ".")
    return parts.count > 1 && parts[1].hasSuffix("_")
  }

  /// Refuses to change a part of a tensor in place.
  private func requireCopying(_ node: Node) throws {
    guard isInPlace(node) else { return }
    throw failure(
      node, "changes a part of a tensor, or its elements in another order, in place",
      help: "use the operator that does not work in place: inplace=False, or x = x + y")
  }

  /// What an operator changes in place, changes for all that see it.
  private func replace(_ old: Int, by new: Int, _ node: Node) throws {
    guard isInPlace(node) else { return }
    for (name, value) in values where value.base == old {
      guard !value.isCopy else {
        throw failure(
          node, "changes a tensor of which there is a copy",
          help: "use the operator that does not work in place: inplace=False")
      }
      values[name]?.base = new
    }
  }

  func softmax(_ node: Node) throws {
    let flow = try whole(node, "self")
    let rank = flows[flow].example.count + 1
    let axis = try axis(node, "dim", of: rank)
    guard axis == rank - 1, rank < 4 else {
      throw failure(
        node, "is along axis \(axis) of a tensor of \(rank) axes",
        why: "a softmax is along the last axis of vectors or sequences")
    }
    guard node.target.hasPrefix("aten.log") else {
      return set(try add(ActivationDescription(.softmax), to: flow, node), as: node)
    }
    let logarithm = Flow(
      action: .logSoftmax, inputs: [flow], example: flows[flow].example, name: "", site: "",
      node: node.name)
    set(try append(logarithm, node), as: node)
  }

  // MARK: - Several values

  func sum(_ node: Node) throws {
    guard try number(node, "alpha", otherwise: 1) == 1 else {
      throw failure(node, "is a weighted sum", why: "alpha must be 1")
    }
    let (a, b) = (try tensor(node, "self"), try tensor(node, "other"))
    guard a.shape == b.shape else {
      throw failure(
        node,
        "adds tensors of the shapes \(GraphParser.text(a.shape)) and "
          + GraphParser.text(b.shape), why: "both must have the same shape")
    }
    let sameOrder =
      a.elements == b.elements && a.count == count(of: a.base) && b.count == count(of: b.base)
      && flows[a.base].example == flows[b.base].example && a.elements?.contains(-1) != true
    if !sameOrder { try requireCopying(node) }
    let parts = sameOrder ? [a.base, b.base] : [try whole(node, "self"), try whole(node, "other")]
    guard parts[0] != parts[1] else {
      throw failure(
        node, "adds a tensor to itself", help: "scale the weights of the next layer by 2 instead")
    }
    let flow = try append(
      Flow(
        action: .sum, inputs: parts, example: flows[parts[0]].example, name: "",
        site: node.module.isEmpty ? "sum" : "\(node.module).sum", node: node.name), node)
    if sameOrder {
      set(Arrangement(base: flow, shape: a.shape, elements: a.elements), as: node)
    } else {
      set(flow, as: node)
    }
    try replace(parts[0], by: flow, node)
  }

  func concatenation(_ node: Node) throws {
    guard case .tensors(let names) = node.arguments["tensors"], !names.isEmpty else {
      throw failure(node, "concatenates no tensors")
    }
    let parts = try names.map { try canonical(tensor(named: $0, node), node) }
    let examples = parts.map { flows[$0].example }
    let rank = examples[0].count + 1
    let axis = try axis(node, "dim", of: rank, otherwise: 0)
    // Channels of images, and features, which are last.
    let along = rank == 4 ? 1 : rank - 1
    guard axis == along else {
      throw failure(
        node, "concatenates along axis \(axis) of \(rank)",
        why: "channels of images, features of sequences and features of vectors are concatenated")
    }
    var example = examples[0]
    for other in examples.dropFirst() {
      var fitting = other
      guard other.count == example.count else {
        throw failure(node, "concatenates tensors of different numbers of axes")
      }
      fitting[axis - 1] = example[axis - 1]
      guard fitting == example else {
        throw failure(
          node, "concatenates \(GraphParser.text(examples[0])) and \(GraphParser.text(other))")
      }
      example[axis - 1] += other[axis - 1]
    }
    set(try append(joint(parts, example, node), node), as: node)
  }

  func joint(_ parts: [Int], _ example: [Int], _ node: Node) -> Flow {
    Flow(
      action: .concatenation, inputs: parts, example: example, name: "",
      site: node.module.isEmpty ? "concatenation" : "\(node.module).concatenation",
      node: node.name)
  }
}
