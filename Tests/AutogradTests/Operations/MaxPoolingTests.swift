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

  @Test func `values of another rank are refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.maxPooling(graph.constant(Tensor(zeros: [2, 2])))
    }
  }
}
