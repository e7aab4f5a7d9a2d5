import Tensors

extension Graph {
  /// The mean of every channel over the whole map.
  ///
  /// y[b, c] = (1 / HW) Σ_i,j x[b, i, j, c]
  ///
  /// Shapes: B×H×W×C (channels last) with at least one pixel → B×C.
  /// Gradient: dx[b, i, j, c] = dy[b, c] / HW.
  /// PyTorch equivalent: `x.mean((2, 3))` of x in channels-first order.
  public func globalAveragePooling(_ x: Value<Scalar>) -> Value<Scalar> {
    let images = x.shape
    require(
      images.rank == 4 && images[1] > 0 && images[2] > 0, "globalAveragePooling: images \(images)")
    let (pixels, channels) = (images[1] * images[2], images[3])
    let share = 1 / Scalar(pixels)
    var y = Tensor<Scalar>(uninitialized: [images[0], channels])
    x.tensor.read { x in
      y.write { y in
        for image in 0..<images[0] {
          Scalar.sumRows(
            pixels, channels, x + image * pixels * channels, y + image * channels, adds: false)
        }
        Scalar.scale(images[0] * channels, share, y, y)
      }
    }
    let place = x.place
    return record(y, inputs: [x]) { dY, pull in
      pull.accumulate(into: place) { dX, adds in
        dY.read { dY in
          dX.write { dX in
            for row in 0..<images[0] * pixels {
              let slope = dY + row / pixels * channels
              let out = dX + row * channels
              if adds {
                Scalar.addScaled(channels, share, slope, out)
              } else {
                Scalar.scale(channels, share, slope, out)
              }
            }
          }
        }
      }
    }
  }
}

enum GlobalAveragePoolingChecks: GradientCheckSource {
  static let operation = "GlobalAveragePooling"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    let shapes: [Shape] = [
      [2, 4, 3, 3], [1, 1, 1, 1], [3, 1, 2, 17], [0, 2, 2, 3], [2, 2, 2, 0],
    ]
    return shapes.map { shape in
      OperationSample(shape.description, inputs: [.init(shape)]) { graph, v in
        graph.globalAveragePooling(v[0])
      }
    } + [
      OperationSample("input used twice", inputs: [.init([2, 3, 2, 4])]) { graph, v in
        graph.add(graph.globalAveragePooling(v[0]), graph.globalAveragePooling(v[0]))
      }
    ]
  }
}
