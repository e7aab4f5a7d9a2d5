import Tensors

extension Graph {
  /// Turns every row of the last axis into a distribution.
  ///
  /// y_k = exp(x_k − m) / Σ_j exp(x_j − m) with m = max x
  ///
  /// Shapes: …×K → the same.
  /// Range: 0…1, rows sum to 1.
  /// Edge cases: logits of ±1e4 stay finite since the maximum is subtracted; an empty axis gives an
  /// empty result.
  /// Gradient: dx = y ⊙ (dy − Σ_k dy_k y_k).
  /// PyTorch equivalent: `nn.functional.softmax(x, dim=-1)`.
  public func softmax(_ x: Value<Scalar>) -> Value<Scalar> {
    require(x.shape.rank >= 1, "softmax: a scalar has no axis")
    let columns = x.shape[x.shape.rank - 1]
    let rows = columns == 0 ? 0 : x.shape.count / columns
    let y =
      rows == 0
      ? x.tensor
      : x.tensor.reshaped(to: [rows, columns]).softmaxRows().probabilities.reshaped(to: x.shape)
    let place = x.place
    return record(y, inputs: [x]) { dY, pull in
      pull.accumulate(into: place) { dX, adds in
        y.read { y in
          dY.read { dY in
            dX.write { dX in softmaxGradient(rows, columns, y, dY, dX, adds: adds) }
          }
        }
      }
    }
  }
}

/// dx = y ⊙ (dy − Σ_k dy_k y_k) of every row, the sum in double precision; `dX` may be `dY`.
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
func softmaxGradient<Scalar: TensorScalar>(
  _ rows: Int, _ columns: Int, _ y: UnsafePointer<Scalar>, _ dY: UnsafePointer<Scalar>,
  _ dX: UnsafeMutablePointer<Scalar>, adds: Bool
) {
  for row in 0..<rows {
    let start = row * columns
    var product = 0.0
    for i in start..<start + columns { product += Double(dY[i]) * Double(y[i]) }
    let mean = Scalar(product)
    for i in start..<start + columns {
      dX[i] = (adds ? dX[i] : 0) + y[i] * (dY[i] - mean)
    }
  }
}

enum SoftmaxChecks: GradientCheckSource {
  static let operation = "Softmax"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    let shapes: [Shape] = [[2, 3], [4], [1, 5], [2, 1, 3], [0, 3], [3, 0], [2, 2, 2, 2]]
    return shapes.map { shape in
      OperationSample("\(shape)", inputs: [.init(shape, in: -2...2)]) { graph, x in
        graph.softmax(x[0])
      }
    } + [
      OperationSample("one class", inputs: [.init([3, 1])], inputsWithoutEffect: [0]) { graph, x in
        graph.softmax(x[0])
      },
      OperationSample("reused input", inputs: [.init([2, 3])]) { graph, x in
        graph.multiply(graph.softmax(x[0]), x[0])
      },
    ]
  }
}
