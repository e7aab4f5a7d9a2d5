import Tensors

extension Graph {
  /// The mean over every window, channel by channel.
  ///
  /// y[b, i, j, c] = (1 / n) Σ x[b, i·stride + r − padding, j·stride + s − padding, c] over the
  /// pixels r, s = 0..<size of the window that lie within the image; n is size² when padding counts,
  /// else the number of these pixels
  ///
  /// Shapes: B×H×W×C (channels last) → B×H'×W'×C with H' = ⌊(H + 2·padding − size) / stride⌋ + 1;
  /// last rows or columns that fill no window are left out.
  /// Gradient: every pixel gets dy / n of all windows that it lies in.
  /// PyTorch equivalent: `nn.functional.avg_pool2d(x, size, stride, padding,
  /// count_include_pad=countsPadding)` of x in channels-first order.
  ///
  /// - Precondition: size and stride are positive; padding is at most half of the size.
  public func averagePooling(
    _ x: Value<Scalar>, _ window: PoolingWindow, countsPadding: Bool = true
  ) -> Value<Scalar> {
    let images = x.shape
    let outputs = window.outputs(of: images, operation: "averagePooling")
    let means = WindowMeans(
      images: images, outputs: outputs, window: window, countsPadding: countsPadding)
    var y = Tensor<Scalar>(zeros: outputs)
    x.tensor.read { x in
      y.write { y in
        means.forEachPixel { output, pixel, share in  // y += x / n
          Scalar.addScaled(images[3], Scalar(share), x + pixel, y + output)
        }
      }
    }
    let place = x.place
    return record(y, inputs: [x]) { dY, pull in
      pull.accumulate(into: place) { dX, adds in
        if !adds { dX.fill(0) }
        dY.read { dY in
          dX.write { dX in
            means.forEachPixel { output, pixel, share in  // dx += dy / n
              Scalar.addScaled(images[3], Scalar(share), dY + output, dX + pixel)
            }
          }
        }
      }
    }
  }
}

/// Which pixels the means of windows are made of.
private struct WindowMeans {
  let images: Shape
  let outputs: Shape
  let window: PoolingWindow
  let countsPadding: Bool

  /// Calls `body` with the places of the first channels of a window's mean and of one of its pixels,
  /// and with 1 / n.
  func forEachPixel(_ body: (_ output: Int, _ pixel: Int, _ share: Double) -> Void) {
    let (channels, width) = (images[3], images[2])
    window.forEachWindow(of: images, in: outputs) { output, rows, columns, firstPixel in
      let count = countsPadding ? window.size * window.size : rows.count * columns.count
      for row in rows {
        for column in columns {
          body(
            output * channels, (firstPixel + row * width + column) * channels, 1 / Double(count))
        }
      }
    }
  }
}

enum AveragePoolingChecks: GradientCheckSource {
  static let operation = "AveragePooling"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    let cases: [(Shape, PoolingWindow, Bool)] = [
      ([2, 4, 4, 3], PoolingWindow(2), true), ([1, 5, 4, 2], PoolingWindow(3, stride: 1), true),
      ([2, 5, 6, 2], PoolingWindow(3, stride: 2, padding: 1), true),
      ([2, 5, 6, 2], PoolingWindow(3, stride: 2, padding: 1), false),
      ([1, 4, 3, 17], PoolingWindow(2, stride: 1, padding: 1), false),
      ([1, 3, 2, 2], PoolingWindow(1), true), ([0, 4, 4, 2], PoolingWindow(2), true),
    ]
    return cases.map { shape, window, countsPadding in
      OperationSample(
        "\(shape) windows of \(window.size), \(window.stride), \(window.padding)"
          + (countsPadding ? "" : " without padding"), inputs: [.init(shape)]
      ) { graph, v in
        graph.averagePooling(v[0], window, countsPadding: countsPadding)
      }
    } + [
      OperationSample(
        "smaller than a window", inputs: [.init([2, 1, 4, 2])], inputsWithoutEffect: [0]
      ) { graph, v in graph.averagePooling(v[0], PoolingWindow(2)) },
      OperationSample("input used twice", inputs: [.init([2, 4, 4, 2])]) { graph, v in
        graph.add(
          graph.averagePooling(v[0], PoolingWindow(2)),
          graph.maxPooling(v[0], PoolingWindow(2)))
      },
    ]
  }
}
