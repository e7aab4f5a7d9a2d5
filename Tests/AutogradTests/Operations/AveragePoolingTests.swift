import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct AveragePoolingTests {
  @Test func `values by hand, with and without counted padding`() {
    let graph = Graph<Double>()
    let x = graph.variable(Tensor<Double>([4, 8, 12, 16], shape: [1, 2, 2, 1]))
    let window = PoolingWindow(2, stride: 2, padding: 1)
    let counted = graph.averagePooling(x, window)
    #expect(counted.tensor == Tensor([1, 2, 3, 4], shape: [1, 2, 2, 1]))
    let alone = graph.averagePooling(x, window, countsPadding: false)
    #expect(alone.tensor == Tensor([4, 8, 12, 16], shape: [1, 2, 2, 1]))
    graph.backward(from: counted, seed: Tensor([4, 8, 12, 16], shape: [1, 2, 2, 1]))
    #expect(graph.gradient(of: x)?.scalars == [1, 2, 3, 4])
  }

  @Test func `overlapping windows leave out what fills none`() {
    let graph = Graph<Double>()
    let x = graph.variable(
      Tensor<Double>((1...12).map(Double.init), shape: [1, 3, 4, 1]))
    let y = graph.averagePooling(x, PoolingWindow(3, stride: 2))
    #expect(y.tensor == Tensor([6], shape: [1, 1, 1, 1]))
    graph.backward(from: y, seed: Tensor([9], shape: [1, 1, 1, 1]))
    expectClose(
      graph.gradient(of: x)!, [1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0], absolute: 1e-15)
  }

  @Test func `a padding of more than half a window is refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.averagePooling(
        graph.constant(Tensor(zeros: [1, 4, 4, 1])), PoolingWindow(2, padding: 2))
    }
  }
}
