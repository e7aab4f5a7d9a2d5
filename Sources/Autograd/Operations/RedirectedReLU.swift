import Tensors

extension Graph {
  /// Replaces negative elements by zero; an example of which all elements lie where the derivative is
  /// 0 gets a gradient nevertheless.
  ///
  /// y = max(x, 0)
  ///
  /// The gradient is that of a loss that is to become small. An example (an index of the first axis)
  /// whose gradient is zero everywhere gets the gradient of y itself, except where that would push a
  /// negative element still lower: an image that excites no unit is moved until it excites one.
  ///
  /// Shapes: B×… → the same.
  /// Edge cases: as of ``relu(_:)``.
  /// Gradient: dx = dy where y > 0, else 0; for an example for which this is 0 everywhere, dx = 0 where
  /// x < 0 and dy > 0, else dy.
  /// Source: Lucid, `redirected_relu_grad` of `misc/redirected_relu_grad.py`.
  public func redirectedReLU(_ x: Value<Scalar>) -> Value<Scalar> {
    require(x.shape.rank >= 1, "redirectedReLU: a value \(x.shape) without examples")
    let y = x.tensor.applying(.relu)
    return record(y, inputs: [x]) { dY, pull in
      var dX = Tensor<Scalar>(uninitialized: y.shape)
      Tensor.activationGradient(.relu, input: nil, output: y, dY, into: &dX, adds: false)
      redirect(dY, of: x.tensor, into: &dX)
      pull.add(dX, to: x)
    }
  }
}

/// Gives the examples without a gradient that of the result where it pushes upwards.
private func redirect<Scalar>(
  _ dY: Tensor<Scalar>, of x: Tensor<Scalar>, into dX: inout Tensor<Scalar>
) {
  guard x.count > 0 else { return }
  let (count, size) = (x.count, x.count / x.shape[0])
  x.read { x in
    dY.read { dY in
      dX.write { dX in
        for start in stride(from: 0, to: count, by: size) {
          let example = start..<(start + size)
          guard example.allSatisfy({ dX[$0] == 0 }) else { continue }
          for index in example where !(x[index] < 0 && dY[index] > 0) { dX[index] = dY[index] }
        }
      }
    }
  }
}

enum RedirectedReLUChecks: GradientCheckSource {
  static let operation = "RedirectedReLU"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    // Only where every example has a positive element is this the derivative of the result; what the
    // others get is tested by hand.
    let shapes: [Shape] = [[1, 1], [3, 1], [2, 3], [2, 2, 3], [0, 3], [2, 1, 3, 2]]
    return shapes.map { shape in
      OperationSample("\(shape)", inputs: [.init(shape, in: 0.1...1)]) { graph, x in
        graph.redirectedReLU(x[0])
      }
    } + [
      OperationSample("negative elements", inputs: [.init([2, 4], in: 0.1...1)]) { graph, x in
        // Half of each row is negative.
        let signs = Tensor<Scalar>([1, -1, 1, -1, -1, 1, -1, 1], shape: [2, 4])
        return graph.redirectedReLU(graph.multiply(x[0], graph.constant(signs)))
      },
      OperationSample("reused input", inputs: [.init([1, 4], in: 0.1...1)]) { graph, x in
        graph.subtract(graph.redirectedReLU(x[0]), graph.scale(x[0], by: 2))
      },
    ]
  }
}
