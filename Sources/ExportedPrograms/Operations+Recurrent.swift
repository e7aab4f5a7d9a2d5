import NeuralNetworks
import Store

/// Layers of long short-term memory.
extension ProgramTranslator {
  func lstm(_ node: Node) throws {
    try requireEvaluation(node, truth(node, "train", otherwise: false))
    let layers = try integer(node, "num_layers")
    guard try !truth(node, "bidirectional", otherwise: false), (1...1000).contains(layers) else {
      throw failure(
        node, "is an LSTM of two directions", why: "modlab's go forwards",
        help: "use bidirectional=False")
    }
    guard case .tensors(let states) = node.arguments["hx"], states.allSatisfy(zeros.contains) else {
      throw failure(
        node, "begins with states of its own", why: "an LSTM begins with zeros here",
        help: "call it without hx")
    }
    let hasBias = try truth(node, "has_biases", otherwise: true)
    guard hasBias else {
      throw failure(
        node, "is an LSTM without biases", why: "modlab's have them",
        help: "use bias=True; biases may be zeros")
    }
    var x = try tensor(node, "input")
    let isBatchFirst = try truth(node, "batch_first", otherwise: false)
    guard x.shape.count == 3 else {
      throw failure(
        node, "has an input of the shape \(GraphParser.text(x.shape))",
        why: "batch × steps × features are needed")
    }
    if !isBatchFirst {
      try checkSize(x, node)
      x = x.permuted([1, 0, 2], baseCount: count(of: x.base))
    }
    let flow = try canonical(x, node)
    guard flows[flow].example.count == 2 else {
      throw failure(
        node, "has an input of the shape \(GraphParser.text(x.shape))",
        why: "batch × steps × features are needed")
    }
    let (name, units) = try parameters(node, layers, inputs: flows[flow].example[1])
    let kind = LSTMDescription(
      units: units, layers: layers, dropout: try number(node, "dropout", otherwise: 0))
    let result = try add(kind, to: flow, node, name: name)
    try checkSize([layers, batch, max(units, flows[result].example.reduce(1, *))], node)
    set(result, isBatchFirst: isBatchFirst, layers: layers, units: units, node)
  }

  /// The name of the layers and H; the weights must have the names of `nn.LSTM`.
  private func parameters(
    _ node: Node, _ layers: Int, inputs: Int
  ) throws -> (name: String, units: Int) {
    guard case .tensors(let keys) = node.arguments["params"], keys.count == 4 * layers else {
      throw failure(
        node, "has other weights than nn.LSTM",
        why: "needed are weight_ih, weight_hh, bias_ih and bias_hh of \(layers) layers",
        help: "use proj_size=0")
    }
    var (name, units) = ("", 0)
    for layer in 0..<layers {
      let found = try keys[4 * layer..<4 * layer + 4].map { try weight(node, $0) }
      if layer == 0 {
        let end = "weight_ih_l0"
        guard found[0].name.hasSuffix(end), found[0].shape.count == 2, found[0].shape[0] > 0,
          found[0].shape[0] % 4 == 0
        else { throw failure(node, "has other weights than nn.LSTM") }
        name = String(found[0].name.dropLast(end.count))
        name = name.hasSuffix(".") ? String(name.dropLast()) : name
        units = found[0].shape[0] / 4
      }
      let shapes = [
        ("weight_ih_l\(layer)", [4 * units, layer == 0 ? inputs : units]),
        ("weight_hh_l\(layer)", [4 * units, units]), ("bias_ih_l\(layer)", [4 * units]),
        ("bias_hh_l\(layer)", [4 * units]),
      ]
      for (weight, expected) in zip(found, shapes) {
        try check(node, weight, is: expected.0, of: name, shape: expected.1)
      }
    }
    return (name, units)
  }

  /// The results: the states of the last layer at all steps, and the last states of all layers, of which
  /// those of the last layer are among the first.
  private func set(
    _ flow: Int, isBatchFirst: Bool, layers: Int, units: Int, _ node: Node
  ) {
    let steps = flows[flow].example[0]
    var whole = Arrangement(base: flow, shape: [batch, steps, units])
    if !isBatchFirst { whole = whole.permuted([1, 0, 2], baseCount: count(of: flow)) }
    let missing = [Int32](repeating: -1, count: (layers - 1) * batch * units)
    let last = (0..<batch).flatMap { example in
      (0..<units).map { Int32((example * steps + steps - 1) * units + $0) }
    }
    let shape = [layers, batch, units]
    let hidden = Arrangement(base: flow, shape: shape, elements: missing + last)
      .simplified(baseCount: count(of: flow))
    let cells = Arrangement(
      base: flow, shape: shape,
      elements: [Int32](repeating: -1, count: layers * batch * units))
    for (name, value) in zip(node.outputs, [whole, hidden, cells]) { set(value, named: name) }
  }

  func zero(_ node: Node) throws {
    if let name = node.outputs.first { zeros.insert(name) }
  }
}
