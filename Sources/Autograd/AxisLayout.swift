import Tensors

/// A row-major shape seen from one of its axes: `outer` blocks of `extent` rows of `inner`
/// elements.
struct AxisLayout {
  let outer: Int
  let extent: Int
  let inner: Int

  init(outer: Int, extent: Int, inner: Int) {
    self.outer = outer
    self.extent = extent
    self.inner = inner
  }

  init(_ shape: Shape, axis: Int, operation: String) {
    require(
      axis >= 0 && axis < shape.rank, "\(operation): axis \(axis) of a value \(shape)")
    var outer = 1
    for before in 0..<axis { outer *= shape[before] }
    var inner = 1
    for after in axis + 1..<max(axis + 1, shape.rank) { inner *= shape[after] }
    self.outer = outer
    self.extent = shape[axis]
    self.inner = inner
  }

  /// Elements of one block.
  var block: Int { extent * inner }
}
