import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct MultiplicationTests {
  @Test func `products and their gradients by hand`() {
    let graph = Graph<Float>()
    let a = graph.variable(Tensor([1, 2, 3], shape: [3]))
    let b = graph.variable(Tensor([4, 5, 6], shape: [3]))
    let y = graph.multiply(a, b)
    #expect(y.tensor.scalars == [4, 10, 18])
    graph.backward(from: y, seed: Tensor([1, 10, 100], shape: [3]))
    #expect(graph.gradient(of: a)?.scalars == [4, 50, 600])
    #expect(graph.gradient(of: b)?.scalars == [1, 20, 300])
  }

  @Test func `different shapes are refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      let a = graph.variable(Tensor(zeros: [2, 3]))
      _ = graph.multiply(a, graph.variable(Tensor(zeros: [3, 2])))
    }
  }
}
