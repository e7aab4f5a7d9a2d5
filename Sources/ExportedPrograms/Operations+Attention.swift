import NeuralNetworks
import Store

/// Attention between projections.
extension ProgramTranslator {
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
    let hasHeads = noteHeads(parts, heads: heads, width: width, node)
    let flow = try projections(parts, steps: steps, columns: columns, node)
    let kind = ProjectedAttentionDescription(
      heads: heads, isCausal: try truth(node, "is_causal", otherwise: false))
    let result = try add(kind, to: flow, node)
    if hasHeads { attentions[result] = node.name }
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

  // MARK: - Where heads lie

  /// Notes in the projections to queries, keys and values where the heads lie, so that masks can keep or remove
  /// whole heads.
  ///
  /// They must be linear layers right before the attention, with every output in one head. Heads lie one after the
  /// other in each of up to three parts of a weight: queries, keys and values in weights of their own, one above the
  /// other, or by heads.
  ///
  /// - Parameter parts: batch × steps × the heads side by side.
  /// - Returns: Whether it is so; otherwise nothing is noted.
  private func noteHeads(
    _ parts: [Arrangement], heads: Int, width: Int, _ node: Node
  ) -> Bool {
    var found: [Int: [Int: Int]] = [:]
    for part in parts {
      guard case .layer(let kind as LinearDescription) = flows[part.base].action, kind.heads == nil
      else { return false }
      for (place, number) in part.numbers.enumerated() {
        let (output, head) = (Int(number) % kind.outputs, place % (heads * width) / width)
        guard found[part.base, default: [:]].updateValue(head, forKey: output) ?? head == head
        else { return false }
      }
    }
    var layers: [Int: LinearDescription] = [:]
    for (flow, headOf) in found {
      guard case .layer(let kind as LinearDescription) = flows[flow].action else { return false }
      let layouts = (1...3).filter { kind.outputs.isMultiple(of: $0 * heads) }.map {
        HeadLayout(attention: node.name, heads: heads, axis: 0, parts: $0)
      }
      let fitting = layouts.first { layout in
        (0..<kind.outputs).allSatisfy { headOf[$0] == layout.head(of: $0, count: kind.outputs) }
      }
      guard let fitting else { return false }
      layers[flow] = kind
      layers[flow]?.heads = fitting
    }
    for (flow, kind) in layers { flows[flow].action = .layer(kind) }
    return true
  }

  /// Where the heads of the attention that a linear layer reads lie in its columns; nil for another layer.
  func headColumns(of flow: Int) -> HeadLayout? {
    guard let name = attentions[flow],
      case .layer(let kind as ProjectedAttentionDescription) = flows[flow].action
    else { return nil }
    return HeadLayout(attention: name, heads: kind.heads, axis: 1)
  }
}
