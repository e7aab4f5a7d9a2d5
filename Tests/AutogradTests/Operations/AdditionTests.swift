import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct AdditionTests {
  @Test func `sums and their gradients by hand`() {
    let graph = Graph<Float>()
    let a = graph.variable(Tensor([1, 2, 3], shape: [3]))
    let b = graph.variable(Tensor([4, 5, 6], shape: [3]))
    let y = graph.add(a, b)
    #expect(y.tensor.scalars == [5, 7, 9])
    graph.backward(from: y, seed: Tensor([1, 10, 100], shape: [3]))
    #expect(graph.gradient(of: a)?.scalars == [1, 10, 100])
    #expect(graph.gradient(of: b)?.scalars == [1, 10, 100])
  }

  @Test func `different shapes are refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      let a = graph.variable(Tensor(zeros: [2, 3]))
      _ = graph.add(a, graph.variable(Tensor(zeros: [3, 2])))
    }
  }
}
