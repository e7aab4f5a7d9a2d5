import Tensors

extension Graph {
  /// The largest of every 2×2 pixels.
  ///
  /// y[b, i, j, c] = max of x[b, 2i…2i+1, 2j…2j+1, c]
  ///
  /// Shapes: B×H×W×C (channels last) → B×⌊H/2⌋×⌊W/2⌋×C; a last odd row or column is left out.
  /// Edge cases: `NaN` is the largest.
  /// Gradient: dy goes to the first of equal pixels, in the order of rows, then columns.
  /// PyTorch equivalent: `nn.functional.max_pool2d(x, 2)` of x in channels-first order.
  public func maxPooling(_ x: Value<Scalar>) -> Value<Scalar> {
    let images = x.shape
    require(images.rank == 4, "maxPooling: images \(images)")
    var y = Tensor<Scalar>(uninitialized: [images[0], images[1] / 2, images[2] / 2, images[3]])
    x.tensor.read { x in y.write { y in Scalar.maxPool(images, x, y) } }
    return record(y, inputs: [x]) { dY, pull in
      pull.accumulate(into: x) { dX, adds in
        x.tensor.read { x in
          dY.read { dY in
            dX.write { dX in Scalar.maxPoolGradient(images, x, dY, dX, adds: adds) }
          }
        }
      }
    }
  }
}

enum MaxPoolingChecks: GradientCheckSource {
  static let operation = "MaxPooling"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    let shapes: [Shape] = [
      [2, 4, 2, 3], [1, 2, 2, 1], [2, 5, 3, 2], [1, 4, 4, 17], [0, 2, 2, 1],
    ]
    return shapes.map { shape in
      OperationSample(shape.description, inputs: [.init(shape)]) { graph, v in
        graph.maxPooling(v[0])
      }
    } + [
      OperationSample(
        "smaller than a window", inputs: [.init([2, 1, 4, 2])], inputsWithoutEffect: [0]
      ) { graph, v in graph.maxPooling(v[0]) },
      OperationSample("reused input", inputs: [.init([2, 4, 4, 2])]) { graph, v in
        graph.maxPooling(graph.multiply(v[0], v[0]))
      },
    ]
  }
}
