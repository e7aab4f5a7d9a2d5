import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct GlobalAveragePoolingTests {
  @Test func `values by hand`() {
    let graph = Graph<Double>()
    let x = graph.variable(
      Tensor<Double>([1, 10, 2, 20, 3, 30, 6, 60, 0, 0, 0, 0, 0, 0, 4, 8], shape: [2, 2, 2, 2]))
    let y = graph.globalAveragePooling(x)
    #expect(y.tensor == Tensor([3, 30, 1, 2], shape: [2, 2]))
    graph.backward(from: y, seed: Tensor([4, 8, 12, 16], shape: [2, 2]))
    #expect(
      graph.gradient(of: x)?.scalars == [1, 2, 1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4, 3, 4])
  }

  @Test func `maps without pixels are refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.globalAveragePooling(graph.constant(Tensor(zeros: [2, 0, 3, 1])))
    }
  }
}
