import NeuralNetworks
import Store
import Tensors

/// Functions of every element, sums, concatenations and attention.
extension ProgramTranslator {
  static func elementwise(_ function: ActivationFunction) -> Operation {
    { translator in
      { node in try translator.elementwise(node, "self", ActivationDescription(function)) }
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

  private func joint(_ parts: [Int], _ example: [Int], _ node: Node) -> Flow {
    Flow(
      action: .concatenation, inputs: parts, example: example, name: "",
      site: node.module.isEmpty ? "concatenation" : "\(node.module).concatenation",
      node: node.name)
  }

  // MARK: - Attention

  func attention(_ node: Node) throws {
    guard isAbsent(node, "attn_mask"), try number(node, "dropout_p", otherwise: 0) == 0,
      try !truth(node, "enable_gqa", otherwise: false)
    else {
      throw failure(
        node, "is attention with a mask, dropout or groups of heads",
        why: "every step sees all steps, or with is_causal=True those up to its own",
        help: "use is_causal=True, call model.eval() before the export, and pad no sequences")
    }
    var parts = try ["query", "key", "value"].map { try tensor(node, $0) }
    let shape = parts[0].shape
    guard parts.allSatisfy({ $0.shape == shape }), (3...4).contains(shape.count),
      shape[0] == batch
    else {
      throw failure(
        node,
        "has queries, keys and values of the shapes "
          + parts.map { GraphParser.text($0.shape) }.joined(separator: ", "),
        why: "self-attention has them all alike, batch × heads × steps × width of a head")
    }
    for part in parts { try checkSize(part, node) }
    let heads = shape.count == 4 ? shape[1] : 1
    let (steps, width) = (shape[shape.count - 2], shape[shape.count - 1])
    if let scale = try? number(node, "scale") {
      guard abs(scale * Double(width).squareRoot() - 1) < 1e-6 else {
        throw failure(
          node, "scales by \(scale)", why: "attention is scaled by 1/√\(width) here")
      }
    }
    let columns = heads * width
    // Heads side by side in every step, as projections give them.
    if shape.count == 4 {
      parts = parts.map {
        $0.permuted([0, 2, 1, 3], baseCount: count(of: $0.base)).reshaped([batch, steps, columns])
          .simplified(baseCount: count(of: $0.base))
      }
    }
    let flow = try projections(parts, steps: steps, columns: columns, node)
    let kind = ProjectedAttentionDescription(
      heads: heads, isCausal: try truth(node, "is_causal", otherwise: false))
    let result = try add(kind, to: flow, node)
    let rows = Arrangement(base: result, shape: [batch, steps, heads, width])
    set(
      shape.count == 4
        ? rows.permuted([0, 2, 1, 3], baseCount: count(of: result))
        : rows.reshaped(shape), as: node)
  }

  /// Queries, keys and values side by side in every step: one value that has them so, or three.
  private func projections(
    _ parts: [Arrangement], steps: Int, columns: Int, _ node: Node
  ) throws -> Int {
    let base = parts[0].base
    let isPacked =
      flows[base].example == [steps, 3 * columns]
      && parts.enumerated().allSatisfy {
        place, part in
        part.base == base
          && part.numbers.enumerated().allSatisfy { index, number in
            Int(number) == index / columns * 3 * columns + place * columns + index % columns
          }
      }
    if isPacked { return base }
    let flows = try parts.map { try canonical($0, node) }
    return try append(joint(flows, [steps, 3 * columns], node), node)
  }
}
