import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct ReshapeTests {
  @Test func `elements and gradient keep their order`() {
    let graph = Graph<Float>()
    let x = graph.variable(Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]))
    let y = graph.reshape(x, to: [3, 2])
    #expect(y.tensor == Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2]))
    graph.backward(from: y, seed: Tensor([6, 5, 4, 3, 2, 1], shape: [3, 2]))
    #expect(graph.gradient(of: x) == Tensor([6, 5, 4, 3, 2, 1], shape: [2, 3]))
  }

  @Test func `another number of elements is refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.reshape(graph.constant(Tensor(zeros: [2, 3])), to: [5])
    }
  }
}
