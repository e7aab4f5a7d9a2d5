import Tensors

extension Graph {
  /// The largest pixel of every window, channel by channel.
  ///
  /// y[b, i, j, c] = max of x[b, i·stride + r − padding, j·stride + s − padding, c] over the pixels
  /// r, s = 0..<size of the window that lie within the image
  ///
  /// Shapes: B×H×W×C (channels last) → B×H'×W'×C with H' = ⌊(H + 2·padding − size) / stride⌋ + 1;
  /// last rows or columns that fill no window are left out.
  /// Edge cases: `NaN` is the largest.
  /// Gradient: dy goes to the first of equal pixels, in the order of rows, then columns.
  /// PyTorch equivalent: `nn.functional.max_pool2d(x, size, stride, padding)` of x in
  /// channels-first order.
  ///
  /// - Precondition: size and stride are positive; padding is at most half of the size.
  public func maxPooling(
    _ x: Value<Scalar>, _ window: PoolingWindow = PoolingWindow(2)
  ) -> Value<Scalar> {
    let images = x.shape
    let outputs = window.outputs(of: images, operation: "maxPooling")
    // The common case has kernels of its own.
    guard window == PoolingWindow(2) else { return maxPooling(x, window, outputs) }
    var y = Tensor<Scalar>(uninitialized: outputs)
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

  private func maxPooling(
    _ x: Value<Scalar>, _ window: PoolingWindow, _ outputs: Shape
  ) -> Value<Scalar> {
    let images = x.shape
    var y = Tensor<Scalar>(uninitialized: outputs)
    var winners = [Int](repeating: 0, count: x.needsGradient ? outputs.count : 0)
    x.tensor.read { x in
      y.write { y in
        winners.withUnsafeMutableBufferPointer { winners in
          largest(
            images, outputs, window, x, y,
            winners.baseAddress.flatMap {
              winners.isEmpty ? nil : $0
            })
        }
      }
    }
    let place = x.place
    return record(y, inputs: [x]) { [winners] dY, pull in
      pull.accumulate(into: place) { dX, adds in
        if !adds { dX.fill(0) }
        dY.read { dY in
          dX.write { dX in
            // dx[winner of the window] += dy
            for (output, pixel) in winners.enumerated() { dX[pixel] += dY[output] }
          }
        }
      }
    }
  }
}

/// The largest element of every window, and its place if asked for.
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
private func largest<Scalar: TensorScalar>(
  _ images: Shape, _ outputs: Shape, _ window: PoolingWindow, _ x: UnsafePointer<Scalar>,
  _ y: UnsafeMutablePointer<Scalar>, _ winners: UnsafeMutablePointer<Int>?
) {
  let (channels, width) = (images[3], images[2])
  window.forEachWindow(of: images, in: outputs) { output, rows, columns, firstPixel in
    let target = output * channels
    let first = (firstPixel + rows.lowerBound * width + columns.lowerBound) * channels
    for channel in 0..<channels {
      y[target + channel] = x[first + channel]
      winners?[target + channel] = first + channel
    }
    for row in rows {
      for column in columns {
        let pixel = (firstPixel + row * width + column) * channels
        for channel in 0..<channels {
          let value = x[pixel + channel]
          // Not "larger than": what is no number is the largest, and the first such one stays.
          if !(value <= y[target + channel]) && !y[target + channel].isNaN {
            y[target + channel] = value
            winners?[target + channel] = pixel + channel
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
    let windows: [(Shape, PoolingWindow)] = [
      ([2, 5, 6, 3], PoolingWindow(3)), ([1, 5, 4, 2], PoolingWindow(3, stride: 1)),
      ([2, 6, 5, 2], PoolingWindow(3, stride: 2, padding: 1)),
      ([1, 4, 4, 2], PoolingWindow(2, stride: 1, padding: 1)),
      ([1, 7, 5, 1], PoolingWindow(2, stride: 3)), ([1, 3, 2, 2], PoolingWindow(1)),
    ]
    return shapes.map { shape in
      OperationSample(shape.description, inputs: [.init(shape)]) { graph, v in
        graph.maxPooling(v[0])
      }
    }
      + windows.map { shape, window in
        OperationSample(
          "\(shape) windows of \(window.size), \(window.stride), \(window.padding)",
          inputs: [.init(shape)]
        ) { graph, v in graph.maxPooling(v[0], window) }
      } + [
        OperationSample(
          "smaller than a window", inputs: [.init([2, 1, 4, 2])], inputsWithoutEffect: [0]
        ) { graph, v in graph.maxPooling(v[0]) },
        OperationSample("reused input", inputs: [.init([2, 4, 4, 2])]) { graph, v in
          graph.maxPooling(graph.multiply(v[0], v[0]))
        },
        OperationSample(
          "overlapping windows of an input used twice", inputs: [.init([1, 4, 4, 2])]
        ) { graph, v in
          graph.add(
            graph.maxPooling(v[0], PoolingWindow(2, stride: 1)),
            graph.maxPooling(graph.scale(v[0], by: 2), PoolingWindow(2, stride: 1)))
        },
      ]
  }
}
