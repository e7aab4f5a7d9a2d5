import Tensors

extension Graph {
  /// Multiplies all elements by a number.
  ///
  /// y = s x
  ///
  /// Shapes: any → the same.
  /// Gradient: dx = s dy; the factor carries none.
  /// PyTorch equivalent: `s * x`.
  public func scale(_ x: Value<Scalar>, by factor: Scalar) -> Value<Scalar> {
    let place = x.place
    return record(factor * x.tensor, inputs: [x]) { dY, pull in
      pull.accumulate(into: place) { dX, adds in
        dY.read { dY in
          dX.write { dX in
            if adds {
              Scalar.addScaled(place.shape.count, factor, dY, dX)
            } else {
              Scalar.scale(place.shape.count, factor, dY, dX)
            }
          }
        }
      }
    }
  }
}

enum ScalingChecks: GradientCheckSource {
  static let operation = "Scaling"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    CheckShapes.elementwise(operation).map { shape in
      OperationSample("\(shape)", inputs: [.init(shape)]) { graph, x in
        graph.scale(x[0], by: -2.5)
      }
    } + [
      OperationSample("factor 0", inputs: [.init([2, 3])], inputsWithoutEffect: [0]) { graph, x in
        graph.scale(x[0], by: 0)
      },
      OperationSample("reused input", inputs: [.init([2, 3])]) { graph, x in
        graph.add(graph.scale(x[0], by: 3), graph.scale(x[0], by: 0.5))
      },
    ]
  }
}
