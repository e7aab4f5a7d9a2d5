import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct MaxPoolingTests {
  @Test func `values by hand, with a row and a column left over`() {
    let graph = Graph<Double>()
    let x = graph.variable(
      Tensor<Double>([1, 5, 9, 2, 4, 9, 7, 8, 9], shape: [1, 3, 3, 1]))
    let y = graph.maxPooling(x)
    #expect(y.tensor == Tensor([5], shape: [1, 1, 1, 1]))
    graph.backward(from: y, seed: Tensor([3], shape: [1, 1, 1, 1]))
    #expect(graph.gradient(of: x)?.scalars == [0, 3, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func `the first of equals gets the gradient`() {
    for (pixels, winner) in [([2.0, 2, 2, 2], 0), ([1, 2, 2, 0], 1), ([0, 1, 2, 2], 2)] {
      let graph = Graph<Float>()
      let x = graph.variable(Tensor(pixels.map { Float($0) }, shape: [1, 2, 2, 1]))
      graph.backward(from: graph.sum(graph.maxPooling(x)))
      #expect(
        graph.gradient(of: x)?.scalars == (0..<4).map { $0 == winner ? 1 : 0 })
    }
  }

  @Test func `NaN is not lost`() {
    let graph = Graph<Float>()
    for position in 0..<4 {
      var x = Tensor<Float>([1, 2, 3, 4], shape: [1, 2, 2, 1])
      x[flat: position] = .nan
      #expect(graph.maxPooling(graph.constant(x)).tensor.item.isNaN)
    }
  }

  @Test func `channels do not mix`() {
    let graph = Graph<Double>()
    let x = Tensor<Double>([1, 8, 2, 7, 3, 6, 4, 5], shape: [1, 2, 2, 2])
    #expect(graph.maxPooling(graph.constant(x)).tensor.scalars == [4, 8])
  }

  @Test func `windows of any size, by hand`() {
    let graph = Graph<Double>()
    let x = graph.variable(Tensor<Double>((1...9).map { -Double($0) }, shape: [1, 3, 3, 1]))
    // Zeros beyond the edges do not count, though they are larger.
    let y = graph.maxPooling(x, PoolingWindow(3, stride: 2, padding: 1))
    #expect(y.tensor == Tensor([-1, -2, -4, -5], shape: [1, 2, 2, 1]))
    graph.backward(from: y, seed: Tensor([1, 2, 3, 4], shape: [1, 2, 2, 1]))
    #expect(graph.gradient(of: x)?.scalars == [1, 2, 0, 3, 4, 0, 0, 0, 0])
  }

  @Test func `general windows agree with the kernels for two by two`() {
    let random = RandomSource(seed: 7).stream("x")
    var x: Tensor<Float> = random.uniform([2, 6, 6, 5], in: -1...1)
    x[flat: 7] = .nan
    let graph = Graph<Float>()
    let fast = graph.maxPooling(graph.constant(x)).tensor
    let v = graph.variable(x)
    let general = graph.maxPooling(v, PoolingWindow(2, stride: 1)).tensor
    for image in 0..<2 {
      for i in 0..<3 {
        for j in 0..<3 {
          for c in 0..<5 {
            let (a, b) = (fast[image, i, j, c], general[image, 2 * i, 2 * j, c])
            #expect(a == b || (a.isNaN && b.isNaN))
          }
        }
      }
    }
  }

  @Test func `values of another rank are refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.maxPooling(graph.constant(Tensor(zeros: [2, 2])))
    }
  }
}
