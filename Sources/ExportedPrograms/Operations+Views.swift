import NeuralNetworks
import Store

/// Views: they say where elements stand and compute nothing.
extension ProgramTranslator {
  /// A tensor whose elements may be numbered.
  private func viewed(_ node: Node) throws -> Arrangement {
    let value = try tensor(node, "self")
    try checkSize(value, node)
    return value
  }

  private func wrongShape(_ node: Node, _ value: Arrangement, _ shape: [Int]) -> Failure {
    failure(
      node, "turns \(GraphParser.text(value.shape)) into \(GraphParser.text(shape))",
      why: "both must have as many elements")
  }

  /// A shape in which one extent may be −1, for as many elements as there are.
  private func complete(_ shape: [Int], count: Int) -> [Int]? {
    let known = shape.filter { $0 != -1 }
    guard known.allSatisfy({ $0 >= 0 }), shape.count - known.count <= 1,
      let product = GraphParser.count(known)
    else { return nil }
    if known.count == shape.count { return product == count ? shape : nil }
    guard product > 0, count % product == 0 else { return nil }
    return shape.map { $0 == -1 ? count / product : $0 }
  }

  func reshape(_ node: Node) throws {
    let x = try tensor(node, "self")
    let wanted = try integers(node, node.target.hasPrefix("aten.view") ? "size" : "shape")
    guard let shape = complete(wanted, count: x.count) else { throw wrongShape(node, x, wanted) }
    set(x.reshaped(shape), as: node)
  }

  func flatten(_ node: Node) throws {
    let x = try tensor(node, "self")
    let rank = x.shape.count
    let first = try axis(node, "start_dim", of: rank, otherwise: 0)
    let last = try axis(node, "end_dim", of: rank, otherwise: -1)
    guard first <= last else { throw wrongShape(node, x, []) }
    set(
      x.reshaped(
        x.shape[..<first] + [x.shape[first...last].reduce(1, *)] + x.shape[(last + 1)...]),
      as: node)
  }

  func unflatten(_ node: Node) throws {
    let x = try tensor(node, "self")
    let axis = try axis(node, "dim", of: x.shape.count)
    let sizes = try integers(node, "sizes")
    guard let parts = complete(sizes, count: x.shape[axis]),
      x.shape.count + parts.count - 1 <= ExportedProgram.Limit.axes
    else { throw wrongShape(node, x, sizes) }
    var shape = x.shape
    shape.replaceSubrange(axis...axis, with: parts)
    set(x.reshaped(shape), as: node)
  }

  // MARK: - Axes

  private func setPermuted(_ x: Arrangement, _ axes: [Int], _ node: Node) {
    let value = x.permuted(axes, baseCount: count(of: x.base))
    // Pixels that become the steps of a sequence are rearranged once, for all that follows.
    if flows[x.base].example.count == 3, value.shape.count == 3,
      let flow = try? canonical(value, node)
    {
      set(flow, as: node)
    } else {
      set(value, as: node)
    }
  }

  func transpose(_ node: Node) throws {
    let x = try viewed(node)
    var axes = Array(x.shape.indices)
    axes.swapAt(
      try axis(node, "dim0", of: axes.count), try axis(node, "dim1", of: axes.count))
    setPermuted(x, axes, node)
  }

  func transpose2(_ node: Node) throws {
    let x = try viewed(node)
    setPermuted(x, x.shape.indices.reversed(), node)
  }

  func permute(_ node: Node) throws {
    let x = try viewed(node)
    let axes = try integers(node, "dims").map { $0 < 0 ? $0 + x.shape.count : $0 }
    guard axes.sorted() == Array(x.shape.indices) else {
      throw failure(node, "has no order of \(x.shape.count) axes")
    }
    setPermuted(x, axes, node)
  }

  func unsqueeze(_ node: Node) throws {
    let x = try tensor(node, "self")
    let axis = try axis(node, "dim", of: x.shape.count + 1)
    guard x.shape.count < ExportedProgram.Limit.axes else { throw wrongShape(node, x, []) }
    var shape = x.shape
    shape.insert(1, at: axis)
    set(x.reshaped(shape), as: node)
  }

  func squeeze(_ node: Node) throws {
    let x = try tensor(node, "self")
    let rank = x.shape.count
    let axes = try integers(node, "dim", otherwise: Array(0..<rank)).map { $0 < 0 ? $0 + rank : $0 }
    set(
      x.reshaped(
        x.shape.indices.filter { !axes.contains($0) || x.shape[$0] != 1 }.map { x.shape[$0] }),
      as: node)
  }

  // MARK: - Parts

  /// Every step-th index of an axis from one on.
  private func part(
    _ x: Arrangement, axis: Int, from start: Int, count: Int, step: Int = 1, keepsAxis: Bool = true
  ) -> Arrangement {
    var (shape, strides) = (x.shape, x.strides)
    let offset = start * strides[axis]
    shape[axis] = count
    strides[axis] *= step
    if !keepsAxis {
      shape.remove(at: axis)
      strides.remove(at: axis)
    }
    return x.view(
      shape: shape, strides: strides, offset: offset, baseCount: self.count(of: x.base))
  }

  func select(_ node: Node) throws {
    let x = try viewed(node)
    let axis = try axis(node, "dim", of: x.shape.count)
    let index = try self.axis(node, "index", of: x.shape[axis])
    set(part(x, axis: axis, from: index, count: 1, keepsAxis: false), as: node)
  }

  func slice(_ node: Node) throws {
    let x = try viewed(node)
    let axis = try axis(node, "dim", of: x.shape.count, otherwise: 0)
    let (extent, step) = (x.shape[axis], try integer(node, "step", otherwise: 1))
    func place(_ name: String, _ otherwise: Int) throws -> Int {
      let value = try integer(node, name, otherwise: otherwise)
      return min(extent, max(0, value < 0 ? value + extent : value))
    }
    let (start, end) = (try place("start", 0), try place("end", extent))
    guard step >= 1, step <= Int(Int32.max), end > start else {
      throw failure(node, "takes no elements", why: "from \(start) to \(end) by \(step)")
    }
    set(
      part(x, axis: axis, from: start, count: (end - start + step - 1) / step, step: step), as: node
    )
  }

  func chunk(_ node: Node) throws {
    let x = try viewed(node)
    let axis = try axis(node, "dim", of: x.shape.count, otherwise: 0)
    let chunks = try integer(node, "chunks")
    guard chunks >= 1 else { throw failure(node, "makes \(chunks) parts") }
    let size = (x.shape[axis] - 1) / chunks + 1
    try set(parts: x, axis: axis, sizes: sizes(x.shape[axis], by: size), node)
  }

  func split(_ node: Node) throws {
    let x = try viewed(node)
    let axis = try axis(node, "dim", of: x.shape.count, otherwise: 0)
    let isList = node.target.hasPrefix("aten.split_with_sizes")
    let sizes =
      try isList
      ? integers(node, "split_sizes")
      : sizes(x.shape[axis], by: integer(node, "split_size"))
    try set(parts: x, axis: axis, sizes: sizes, node)
  }

  func unbind(_ node: Node) throws {
    let x = try viewed(node)
    let axis = try axis(node, "dim", of: x.shape.count, otherwise: 0)
    try set(
      parts: x, axis: axis, sizes: sizes(x.shape[axis], by: 1), keepsAxis: false, node)
  }

  private func sizes(_ extent: Int, by size: Int) -> [Int] {
    guard size > 0, extent / size < 4096 else { return [] }
    return stride(from: 0, to: extent, by: size).map { min(size, extent - $0) }
  }

  private func set(
    parts x: Arrangement, axis: Int, sizes: [Int], keepsAxis: Bool = true, _ node: Node
  ) throws {
    guard !sizes.isEmpty, sizes.allSatisfy({ $0 > 0 && $0 <= x.shape[axis] }),
      sizes.reduce(0, +) == x.shape[axis], node.outputs.count <= sizes.count
    else { throw failure(node, "splits \(x.shape[axis]) elements otherwise than into parts") }
    var start = 0
    for (name, size) in zip(node.outputs, sizes) {
      if !name.isEmpty {
        set(part(x, axis: axis, from: start, count: size, keepsAxis: keepsAxis), named: name)
      }
      start += size
    }
  }

  // MARK: - The same

  func same(_ node: Node) throws { set(try tensor(node, "self"), as: node) }

  func copy(_ node: Node) throws {
    var value = try tensor(node, "self")
    value.isCopy = true
    set(value, as: node)
  }

  func nothing(_ node: Node) throws {}

  func size(_ node: Node) throws {
    let x = try tensor(node, "self")
    let axis = try axis(node, "dim", of: x.shape.count)
    if let name = node.outputs.first, !name.isEmpty { integers[name] = x.shape[axis] }
  }

  /// Arithmetic of extents; their values at the example input stand in the file.
  func extent(_ node: Node) throws {
    guard let name = node.outputs.first, integers[name] != nil else {
      throw failure(node, "computes an extent whose value the file does not say")
    }
  }
}
