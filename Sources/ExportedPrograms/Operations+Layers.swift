import Autograd
import NeuralNetworks
import Store

/// Layers with weights.
extension ProgramTranslator {
  func linear(_ node: Node) throws {
    let weight = try requiredWeight(node, "weight", rank: 2)
    let bias = try optionalWeight(node, "bias")
    let (name, prefix) = try layer(node, ofWeight: weight.name)
    try check(node, bias, is: prefix + "bias", of: name, shape: [weight.shape[0]])
    var kind = LinearDescription(outputs: weight.shape[0], hasBias: bias != nil)
    kind.prefix = prefix
    try rows(node, "input", width: weight.shape[1], outputs: weight.shape[0]) { flow in
      kind.heads = headColumns(of: flow)
      return try add(kind, to: flow, node, name: name)
    }
  }

  /// Puts a layer of rows behind a value. Rows in another order, such as steps before the batch, give
  /// rows in the same order.
  private func rows(
    _ node: Node, _ argument: String, width: Int, outputs: Int,
    _ layer: (_ flow: Int) throws -> Int
  ) throws {
    let x = try tensor(node, argument)
    let example = flows[x.base].example
    guard x.shape.last == width else {
      throw failure(
        node, "has weights for \(width) features",
        why: "its input has the shape \(GraphParser.text(x.shape))")
    }
    let isWhole = example.count <= 2 && example.last == width && x.count == count(of: x.base)
    guard isWhole, let order = rowOrder(of: x, width: width) else {
      let flow = try whole(node, argument)
      guard flows[flow].example.count <= 2 else {
        throw failure(
          node, "works on the last axis of images \(GraphParser.text(x.shape))",
          why: "linear layers and normalisations of rows take vectors or sequences",
          help: "flatten the images before, or use a convolution of 1×1")
      }
      return set(try layer(flow), as: node)
    }
    let flow = try layer(x.base)
    if !order.isEmpty { try checkSize(x.shape.dropLast() + [outputs], node) }
    let elements =
      order.isEmpty
      ? nil
      : order.flatMap { row in
        (0..<Int32(outputs)).map { row * Int32(outputs) + $0 }
      }
    let value = Arrangement(base: flow, shape: x.shape.dropLast() + [outputs], elements: elements)
    set(value.simplified(baseCount: count(of: flow)), as: node)
  }

  /// The numbers of the base's rows, in the order of a tensor that has whole rows; empty for that of the
  /// base, nil for a tensor of other elements.
  private func rowOrder(of x: Arrangement, width: Int) -> [Int32]? {
    guard let elements = x.elements else { return [] }
    var rows: [Int32] = []
    for start in stride(from: 0, to: elements.count, by: width) {
      let first = elements[start]
      guard first >= 0, first % Int32(width) == 0,
        (0..<width).allSatisfy({ elements[start + $0] == first + Int32($0) })
      else { return nil }
      rows.append(first / Int32(width))
    }
    return Set(rows).count == rows.count ? rows : nil
  }

  func convolution(_ node: Node) throws {
    let weight = try requiredWeight(node, "weight", rank: 4)
    let bias = try optionalWeight(node, "bias")
    let (name, prefix) = try layer(node, ofWeight: weight.name)
    try check(node, bias, is: "bias", of: name, shape: [weight.shape[0]])
    let groups = try integer(node, "groups", otherwise: 1)
    let dilation = try square(node, "dilation", otherwise: 1)
    let isSquare = weight.shape[2] == weight.shape[3]
    guard groups == 1, dilation == 1, prefix.isEmpty, isSquare else {
      throw failure(
        node,
        "is a convolution of \(weight.shape[2])×\(weight.shape[3]) in \(groups) group"
          + (groups == 1 ? "" : "s") + " with dilation \(dilation)",
        why: "convolutions are square, in one group, and without dilation",
        help: isSquare
          ? "depthwise and dilated convolutions are not planned"
          : "use kernels with as many rows as columns")
    }
    let flow = try whole(node, "input")
    let (stride, kernel) = (try square(node, "stride", otherwise: 1), weight.shape[2])
    let padding = try padding(node, kernel: kernel, stride: stride)
    let kind = ConvolutionDescription(
      outputs: weight.shape[0], kernel: kernel, stride: stride, padding: padding,
      hasBias: bias != nil)
    try requireImages(flow, node)
    guard flows[flow].example[0] == weight.shape[1] else {
      throw failure(
        node, "has weights for \(weight.shape[1]) channels",
        why: "its input has \(flows[flow].example[0])")
    }
    set(try add(kind, to: flow, node, name: name), as: node)
  }

  private func padding(_ node: Node, kernel: Int, stride: Int) throws -> Int {
    guard case .text(let word) = node.arguments["padding"] else {
      return try square(node, "padding", otherwise: 0)
    }
    if word == "valid" { return 0 }
    guard word == "same", stride == 1, kernel % 2 == 1 else {
      throw failure(
        node, "has the padding \(Failure.quote(word)) with a kernel of \(kernel)",
        why: "as many zeros are added on every side", help: "use an odd kernel, or padding=n")
    }
    return kernel / 2
  }

  func requireImages(_ flow: Int, _ node: Node) throws {
    guard flows[flow].example.count == 3 else {
      throw failure(
        node, "takes images, batch × channels × rows × columns",
        why: "its input has the shape \(GraphParser.text([batch] + flows[flow].example))")
    }
  }

  func batchNorm(_ node: Node) throws {
    try requireEvaluation(node, truth(node, "training", otherwise: false))
    let flow = try whole(node, "input")
    let example = flows[flow].example
    guard example.count != 2 else {
      throw failure(
        node, "normalises the steps of sequences \(GraphParser.text([batch] + example))",
        why: "batch normalisation takes vectors or images", help: "use nn.LayerNorm")
    }
    let shape = [example[0]]
    let weight = try requiredWeight(node, "weight", rank: 1)
    let (name, _) = try layer(node, ofWeight: weight.name)
    try check(node, weight, is: "weight", of: name, shape: shape)
    for argument in ["bias", "running_mean", "running_var"] {
      let found = try requiredWeight(node, argument, rank: 1)
      try check(node, found, is: argument, of: name, shape: shape)
    }
    let kind = BatchNormDescription(
      epsilon: try number(node, "eps", otherwise: 1e-5),
      momentum: try number(node, "momentum", otherwise: 0.1))
    set(try add(kind, to: flow, node, name: name), as: node)
  }

  func layerNorm(_ node: Node) throws {
    let shape = try integers(node, "normalized_shape")
    guard shape.count == 1, let width = shape.first else {
      throw failure(
        node, "normalises over the axes \(GraphParser.text(shape))",
        why: "layer normalisation is over the last axis, the features",
        help: "use nn.LayerNorm(features) in sequences, nn.BatchNorm2d in images")
    }
    let weight = try requiredWeight(node, "weight", rank: 1)
    let bias = try requiredWeight(node, "bias", rank: 1)
    let (name, _) = try layer(node, ofWeight: weight.name)
    try check(node, weight, is: "weight", of: name, shape: shape)
    try check(node, bias, is: "bias", of: name, shape: shape)
    let kind = LayerNormDescription(
      epsilon: try number(node, "eps", otherwise: 1e-5), deviation: .biased)
    try rows(node, "input", width: width, outputs: width) { flow in
      try add(kind, to: flow, node, name: name)
    }
  }

  func embedding(_ node: Node) throws {
    let weight = try requiredWeight(node, "weight", rank: 2)
    let (name, _) = try layer(node, ofWeight: weight.name)
    let flow = try whole(node, "indices")
    guard flow == 0, program.inputType.isWhole, flows[0].example.count == 1 else {
      throw failure(
        node, "looks up other tokens than those of the input",
        why: "one embedding takes the input, batch × steps of whole numbers",
        help: "positions and segments of a sequence are not read; export with x.long() as example "
          + "input")
    }
    let kind = EmbeddingDescription(tokens: weight.shape[0], width: weight.shape[1])
    set(try add(kind, to: flow, node, name: name), as: node)
  }
}
