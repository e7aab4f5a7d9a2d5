import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct TanhTests {
  @Test func `values and gradient by hand`() {
    let graph = Graph<Double>()
    let x = graph.variable(Tensor([0, 0.5], shape: [2]))
    let y = graph.tanh(x)
    expectClose(y.tensor, [0, 0.462_117_157_260_009_76], relative: 1e-15)
    graph.backward(from: y, seed: Tensor([1, 1], shape: [2]))
    expectClose(graph.gradient(of: x) ?? y.tensor, [1, 0.786_447_732_965_927_4], relative: 1e-14)
  }

  @Test func `extreme inputs stay finite`() {
    let graph = Graph<Float>()
    let x = graph.variable(Tensor([-1e4, 1e4], shape: [2]))
    let y = graph.tanh(x)
    #expect(y.tensor.scalars == [-1, 1])
    graph.backward(from: graph.sum(y))
    #expect(graph.gradient(of: x)?.scalars == [0, 0])
  }
}
