import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct ConvolutionTests {
  private let stream = RandomSource(seed: 4).stream("convolution")

  private func draw<S: TensorScalar>(_ shape: Shape, _ step: Int, _: S.Type = S.self) -> Tensor<S> {
    stream.uniform(shape, in: -1...1, step: step).converted(to: S.self)
  }

  /// The sum over the patch, by seven loops.
  private func direct(
    _ x: Tensor<Double>, _ w: Tensor<Double>, bias: Tensor<Double>?, stride: Int, padding: Int
  ) -> Tensor<Double> {
    let (height, width, k) = (x.shape[1], x.shape[2], w.shape[2])
    let outHeight = (height + 2 * padding - k) / stride + 1
    let outWidth = (width + 2 * padding - k) / stride + 1
    var y = Tensor<Double>(zeros: [x.shape[0], outHeight, outWidth, w.shape[0]])
    for b in 0..<x.shape[0] {
      for i in 0..<outHeight {
        for j in 0..<outWidth {
          for o in 0..<w.shape[0] {
            var total = bias?[o] ?? 0
            for c in 0..<w.shape[1] {
              for r in 0..<k {
                for s in 0..<k {
                  let (row, column) = (i * stride + r - padding, j * stride + s - padding)
                  guard row >= 0, row < height, column >= 0, column < width else { continue }
                  total += x[b, row, column, c] * w[o, c, r, s]
                }
              }
            }
            y[b, i, j, o] = total
          }
        }
      }
    }
    return y
  }

  @Test(arguments: [
    (3, 1, 1), (3, 2, 1), (1, 1, 0), (1, 2, 0), (2, 2, 0), (4, 1, 2), (5, 1, 2), (7, 2, 3),
    (11, 1, 4),
  ])
  func `values are those of direct loops`(kernel: Int, stride: Int, padding: Int) {
    let x = draw([3, 6, 5, 4], 1, Double.self)
    let w = draw([5, 4, kernel, kernel], 2, Double.self)
    let bias = draw([5], 3, Double.self)
    let graph = Graph<Double>()
    let y = graph.convolution(
      graph.constant(x), weight: graph.constant(w), bias: graph.constant(bias), stride: stride,
      padding: padding)
    expectClose(
      y.tensor, direct(x, w, bias: bias, stride: stride, padding: padding), absolute: 1e-13)
  }

  /// Large enough for several parts per sample, and for the C kernels' blocks.
  @Test func `many parts in single precision`() throws {
    let x = draw([6, 33, 31, 19], 1, Float.self)
    let w = draw([2, 21, 19, 3, 3], 2, Float.self)
    let graph = Graph<Float>()
    let (vx, vw) = (graph.variable(x), graph.variable(w))
    let y = graph.convolution(vx, weight: vw, padding: 1)
    let dY = draw(y.shape, 3, Float.self)
    graph.backward(from: y, seed: dY)
    let exact = Graph<Double>()
    let (ex, ew) = (
      exact.variable(x.converted(to: Double.self)), exact.variable(w.converted(to: Double.self))
    )
    let expected = exact.convolution(ex, weight: ew, padding: 1)
    exact.backward(from: expected, seed: dY.converted(to: Double.self))
    // One image and two channels of either sample: the loops are slow.
    for sample in 0..<2 {
      let image = sample * 3 + 1..<sample * 3 + 2
      let loops = direct(
        x.rows(image).converted(to: Double.self),
        w.slice(sample).rows(19..<21).converted(to: Double.self), bias: nil, stride: 1, padding: 1)
      let found = expected.tensor.rows(image)
      for row in stride(from: 0, to: 33, by: 4) {
        for column in 0..<31 {
          for channel in 0..<2 {
            expectClose(
              found[0, row, column, 19 + channel], loops[0, row, column, channel], relative: 1e-9)
          }
        }
      }
    }
    #expect(relativeError(y.tensor, expected.tensor) < 1e-5)
    let gradients = try [(vx, ex), (vw, ew)].map {
      (try #require(graph.gradient(of: $0)), try #require(exact.gradient(of: $1)))
    }
    for (found, wanted) in gradients { #expect(relativeError(found, wanted) < 1e-5) }
  }

  /// K samples are K separate calls.
  @Test func `samples equal separate convolutions`() throws {
    let x = draw([6, 4, 4, 2], 1, Double.self)
    let w = draw([3, 2, 2, 3, 3], 2, Double.self)
    let bias = draw([3, 2], 3, Double.self)
    let graph = Graph<Double>()
    let v = [x, w, bias].map { graph.variable($0) }
    let y = graph.convolution(v[0], weight: v[1], bias: v[2], stride: 2, padding: 1)
    let dY = draw(y.shape, 4, Double.self)
    graph.backward(from: y, seed: dY)
    for sample in 0..<3 {
      let slice = sample * 2..<sample * 2 + 2
      let alone = Graph<Double>()
      let a = [x.rows(slice), w.slice(sample), bias.slice(sample)].map { alone.variable($0) }
      let part = alone.convolution(a[0], weight: a[1], bias: a[2], stride: 2, padding: 1)
      alone.backward(from: part, seed: dY.rows(slice))
      #expect(y.tensor.rows(slice) == part.tensor)
      #expect(graph.gradient(of: v[0])?.rows(slice) == alone.gradient(of: a[0]))
      #expect(graph.gradient(of: v[1])?.slice(sample) == alone.gradient(of: a[1]))
      #expect(graph.gradient(of: v[2])?.slice(sample) == alone.gradient(of: a[2]))
    }
  }

  @Test func `other shapes are refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.convolution(
        graph.constant(Tensor(zeros: [1, 4, 4, 2])),
        weight: graph.constant(Tensor(zeros: [1, 3, 3, 3])))
    }
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.convolution(
        graph.constant(Tensor(zeros: [1, 2, 2, 1])),
        weight: graph.constant(Tensor(zeros: [1, 1, 3, 3])))
    }
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.convolution(
        graph.constant(Tensor(zeros: [3, 4, 4, 1])),
        weight: graph.constant(Tensor(zeros: [2, 1, 1, 3, 3])))
    }
  }
}
