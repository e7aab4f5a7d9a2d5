import Tensors

extension Graph {
  /// Adds up all elements.
  ///
  /// y = Σ_i x_i, in double precision
  ///
  /// Shapes: any → scalar.
  /// Edge cases: nothing adds up to 0.
  /// Gradient: dx_i = dy.
  /// PyTorch equivalent: `x.sum()`.
  public func sum(_ x: Value<Scalar>) -> Value<Scalar> {
    total(x, factor: 1)
  }

  /// Adds up the elements along one axis, which disappears.
  ///
  /// Shapes: …×n×… → …×….
  /// Edge cases: an axis of extent 0 adds up to 0.
  /// Gradient: dx_…i… = dy_……
  /// PyTorch equivalent: `x.sum(dim=axis)`.
  public func sum(_ x: Value<Scalar>, axis: Int) -> Value<Scalar> {
    total(x, axis: axis, factor: 1, operation: "sum")
  }

  /// factor · Σ x; the factor is applied before rounding.
  func total(_ x: Value<Scalar>, factor: Double) -> Value<Scalar> {
    let place = x.place
    let y = Tensor(scalar: Scalar(factor * x.tensor.sum()))
    return record(y, inputs: [x]) { dY, pull in
      pull.accumulate(into: place) { dX, adds in
        let layout = AxisLayout(outer: 1, extent: place.shape.count, inner: 1)
        dY.read { dY in
          dX.write { dX in spread(layout, Scalar(factor), dY, dX, adds: adds) }
        }
      }
    }
  }

  func total(
    _ x: Value<Scalar>, axis: Int, factor: Double, operation: String
  ) -> Value<Scalar> {
    let layout = AxisLayout(x.shape, axis: axis, operation: operation)
    var remaining = x.shape.dimensions
    remaining.remove(at: axis)
    var y = Tensor<Scalar>(uninitialized: Shape(remaining))
    x.tensor.read { x in y.write { y in sumBlocks(layout, x, y) } }
    if factor != 1 { y.scale(by: Scalar(factor)) }
    let place = x.place
    return record(y, inputs: [x]) { dY, pull in
      pull.accumulate(into: place) { dX, adds in
        dY.read { dY in
          dX.write { dX in spread(layout, Scalar(factor), dY, dX, adds: adds) }
        }
      }
    }
  }
}

/// y[o, i] = Σ_e x[o, e, i]
private func sumBlocks<Scalar: TensorScalar>(
  _ layout: AxisLayout, _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>
) {
  for o in 0..<layout.outer {
    let block = x + o * layout.block
    if layout.inner == 1 {
      y[o] = Scalar(Scalar.sum(layout.extent, block))
    } else {
      Scalar.sumRows(layout.extent, layout.inner, block, y + o * layout.inner, adds: false)
    }
  }
}

/// dx[o, e, i] (+)= factor · dy[o, i]
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
private func spread<Scalar: TensorScalar>(
  _ layout: AxisLayout, _ factor: Scalar, _ dY: UnsafePointer<Scalar>,
  _ dX: UnsafeMutablePointer<Scalar>, adds: Bool
) {
  for o in 0..<layout.outer {
    let source = dY + o * layout.inner
    for e in 0..<layout.extent {
      let target = dX + o * layout.block + e * layout.inner
      for i in 0..<layout.inner { target[i] = (adds ? target[i] : 0) + factor * source[i] }
    }
  }
}

/// Shapes and axes for the checks of sums and means.
enum ReductionChecks {
  static let axes: [(shape: Shape, axis: Int)] = [
    ([4, 3], 0), ([4, 3], 1), ([2, 3, 4], 1), ([2, 3, 4], 2), ([5], 0), ([1, 1], 0), ([0, 3], 1),
    ([2, 1, 3], 1),
  ]
}

enum SumChecks: GradientCheckSource {
  static let operation = "Sum"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    CheckShapes.elementwise(operation).map { shape in
      OperationSample("\(shape)", inputs: [.init(shape)]) { graph, x in graph.sum(x[0]) }
    }
      + ReductionChecks.axes.map { shape, axis in
        OperationSample("\(shape) axis \(axis)", inputs: [.init(shape)]) { graph, x in
          graph.sum(x[0], axis: axis)
        }
      } + [
        OperationSample("empty axis", inputs: [.init([0, 3])]) { graph, x in
          graph.sum(x[0], axis: 0)
        },
        OperationSample("reused input", inputs: [.init([2, 3])]) { graph, x in
          graph.addBias(graph.multiply(x[0], x[0]), graph.sum(x[0], axis: 0))
        },
        // The sums come first on the tape, so that their pullbacks add to a gradient.
        OperationSample("reused later", inputs: [.init([2, 3])]) { graph, x in
          let sums = graph.sum(x[0], axis: 0)
          return graph.addBias(graph.multiply(x[0], x[0]), sums)
        },
        OperationSample("total reused later", inputs: [.init([3])]) { graph, x in
          let total = graph.reshape(graph.sum(x[0]), to: [1])
          return graph.concatenate([graph.multiply(x[0], x[0]), total], axis: 0)
        },
      ]
  }
}
