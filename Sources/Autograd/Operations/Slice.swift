import Tensors

extension Graph {
  /// A range of one axis.
  ///
  /// Shapes: …×n×… → …×range.count×….
  /// Edge cases: an empty range gives an empty result.
  /// Gradient: dx = dy inside the range, 0 elsewhere.
  /// Complexity: no copy for axis 0.
  /// PyTorch equivalent: `x.narrow(axis, range.lowerBound, range.count)`.
  public func slice(_ x: Value<Scalar>, axis: Int, _ range: Range<Int>) -> Value<Scalar> {
    let layout = AxisLayout(x.shape, axis: axis, operation: "slice")
    require(
      range.lowerBound >= 0 && range.upperBound <= layout.extent,
      "slice: \(range) of axis \(axis) of a value \(x.shape)")
    let part = AxisPart(layout, range)
    let y =
      axis == 0
      ? x.tensor.rows(range)
      : part.extract(from: x.tensor, as: x.shape.replacing(axis: axis, with: range.count))
    let place = x.place
    return record(y, inputs: [x]) { dY, pull in
      pull.accumulate(into: place) { dX, adds in
        if !adds { dX.fill(0) }
        part.add(dY, to: &dX)
      }
    }
  }
}

/// A range of one axis of a tensor, for copying it out of and into the whole.
struct AxisPart {
  private let outer: Int
  /// Elements from one block of the whole to the next.
  private let stride: Int
  /// Elements of the part in each block.
  private let length: Int
  /// Where the part begins in a block.
  private let offset: Int

  init(_ layout: AxisLayout, _ range: Range<Int>) {
    outer = layout.outer
    stride = layout.block
    length = range.count * layout.inner
    offset = range.lowerBound * layout.inner
  }

  func extract<Scalar>(from whole: Tensor<Scalar>, as shape: Shape) -> Tensor<Scalar> {
    var part = Tensor<Scalar>(uninitialized: shape)
    whole.read { whole in
      part.write { part in
        for block in 0..<outer {
          (part + block * length).update(from: whole + block * stride + offset, count: length)
        }
      }
    }
    return part
  }

  func insert<Scalar>(_ part: Tensor<Scalar>, into whole: inout Tensor<Scalar>) {
    part.read { part in
      whole.write { whole in
        for block in 0..<outer {
          (whole + block * stride + offset).update(from: part + block * length, count: length)
        }
      }
    }
  }

  func add<Scalar>(_ part: Tensor<Scalar>, to whole: inout Tensor<Scalar>) {
    part.read { part in
      whole.write { whole in
        for block in 0..<outer {
          let target = whole + block * stride + offset
          Scalar.add(length, target, part + block * length, target)
        }
      }
    }
  }
}

enum SliceChecks: GradientCheckSource {
  static let operation = "Slice"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    let slices: [(shape: Shape, axis: Int, range: Range<Int>)] = [
      ([4, 3], 0, 1..<3), ([4, 3], 1, 1..<2), ([2, 3, 4], 1, 0..<2), ([2, 3, 4], 2, 3..<4),
      ([3], 0, 0..<3), ([1, 1], 1, 0..<1), ([0, 3], 1, 1..<3), ([2, 0], 1, 0..<0),
    ]
    return slices.map { shape, axis, range in
      OperationSample("\(shape) axis \(axis) \(range)", inputs: [.init(shape)]) { graph, x in
        graph.slice(x[0], axis: axis, range)
      }
    } + [
      OperationSample("empty range", inputs: [.init([3, 2])], inputsWithoutEffect: [0]) {
        graph, x in graph.slice(x[0], axis: 0, 2..<2)
      },
      OperationSample("overlapping parts", inputs: [.init([2, 4])]) { graph, x in
        graph.multiply(graph.slice(x[0], axis: 1, 0..<3), graph.slice(x[0], axis: 1, 1..<4))
      },
    ]
  }
}
