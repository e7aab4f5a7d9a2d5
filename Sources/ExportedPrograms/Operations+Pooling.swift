import Autograd
import NeuralNetworks
import Store

/// Pooling of images, and means.
extension ProgramTranslator {
  func maxPooling(_ node: Node) throws {
    let flow = try whole(node, "self")
    let window = try window(node, flow)
    guard try square(node, "dilation", otherwise: 1) == 1 else {
      throw failure(node, "has windows with gaps", why: "dilation must be 1")
    }
    set(try add(PoolingDescription.maximum(window), to: flow, node), as: node)
  }

  func averagePooling(_ node: Node) throws {
    let flow = try whole(node, "self")
    let window = try window(node, flow)
    guard isAbsent(node, "divisor_override") else {
      throw failure(node, "has a divisor of its own", help: "leave divisor_override out")
    }
    let kind = PoolingDescription.mean(
      window, countsPadding: try truth(node, "count_include_pad", otherwise: true))
    set(try add(kind, to: flow, node), as: node)
  }

  private func window(_ node: Node, _ flow: Int) throws -> PoolingWindow {
    try requireImages(flow, node)
    let size = try square(node, "kernel_size", otherwise: 0)
    let strides = try integers(node, "stride", otherwise: [])
    let stride = strides.isEmpty ? size : try square(node, "stride", otherwise: size)
    let padding = try square(node, "padding", otherwise: 0)
    if try truth(node, "ceil_mode", otherwise: false), stride > 0 {
      for extent in flows[flow].example.dropFirst()
      where (extent + 2 * padding - size) % stride != 0 {
        throw failure(
          node, "has windows that reach beyond the edges", why: "ceil_mode=True",
          help: "use ceil_mode=False")
      }
    }
    return PoolingWindow(size, stride: stride, padding: padding)
  }

  func adaptivePooling(_ node: Node) throws {
    let flow = try whole(node, "self")
    try requireImages(flow, node)
    let size = try integers(node, "output_size")
    let example = flows[flow].example
    if size.allSatisfy({ $0 == 1 }), !size.isEmpty {
      return try meanOfPixels(flow, keeps: true, node)
    }
    if size.count == 2, size.allSatisfy({ $0 > 0 }), size[0] % example[1] == 0,
      size[1] % example[2] == 0, size != Array(example[1...])
    {
      return try set(enlarged(flow, to: size, node), as: node)
    }
    guard size.count == 2, size.allSatisfy({ $0 > 0 }), example[1] % size[0] == 0,
      example[2] % size[1] == 0, example[1] / size[0] == example[2] / size[1]
    else {
      throw failure(
        node, "pools \(example[1])×\(example[2]) pixels to \(GraphParser.text(size))",
        why: "the windows are not squares of one size that lie side by side",
        help:
          "use images whose map is a multiple of \(GraphParser.text(size)), or AdaptiveAvgPool2d(1)"
      )
    }
    let window = example[1] / size[0]
    guard window > 1 else { return set(flow, as: node) }
    let kind = PoolingDescription.mean(PoolingWindow(window), countsPadding: true)
    set(try add(kind, to: flow, node), as: node)
  }

  /// Every pixel at several places, where windows hold one pixel each.
  private func enlarged(_ flow: Int, to size: [Int], _ node: Node) throws -> Int {
    let example = flows[flow].example
    let (rows, columns) = (size[0] / example[1], size[1] / example[2])
    try checkSize([example[0]] + size, node)
    let elements = (0..<size[0]).flatMap { row in
      (0..<size[1]).flatMap { column in
        let pixel = row / rows * example[2] + column / columns
        return (0..<example[0]).map { pixel * example[0] + $0 }
      }
    }
    let kind = RearrangementDescription(
      shape: Flow.inner([example[0]] + size), elements: elements)
    return try add(kind, to: flow, node)
  }

  private func meanOfPixels(_ flow: Int, keeps: Bool, _ node: Node) throws {
    let result = try add(PoolingDescription.globalMean, to: flow, node)
    let channels = flows[flow].example[0]
    set(
      Arrangement(base: result, shape: [batch, channels] + (keeps ? [1, 1] : [])), as: node)
  }

  func mean(_ node: Node) throws {
    let flow = try whole(node, "self")
    let example = flows[flow].example
    let rank = example.count + 1
    let keeps = try truth(node, "keepdim", otherwise: false)
    let axes = try integers(node, "dim").map { $0 < 0 ? $0 + rank : $0 }
    if rank == 4, Set(axes) == [2, 3] { return try meanOfPixels(flow, keeps: keeps, node) }
    guard rank == 3, axes == [1] else {
      throw failure(
        node, "is the mean along the axes \(axes.map(String.init).joined(separator: ", "))",
        why: "means are over the pixels of images (2, 3) or the steps of sequences (1)")
    }
    let result = try add(MeanOfStepsDescription(), to: flow, node)
    set(
      Arrangement(base: result, shape: [batch] + (keeps ? [1] : []) + [example[1]]), as: node)
  }
}
