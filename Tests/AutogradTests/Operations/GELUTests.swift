import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct GELUTests {
  @Test func `values and gradient by hand`() {
    let graph = Graph<Double>()
    let x = graph.variable(Tensor([-2, 0, 1], shape: [3]))
    let y = graph.gelu(x)
    expectClose(
      y.tensor, [-0.0455002638963584144, 0.0, 0.841344746068542949], relative: 1e-14)
    graph.backward(from: y, seed: Tensor([1, 1, 1], shape: [3]))
    expectClose(
      graph.gradient(of: x) ?? y.tensor,
      [-0.0852318010781968967, 0.5, 1.0833154705876863], relative: 1e-13)
  }

  @Test func `large inputs pass and vanish`() {
    let graph = Graph<Float>()
    let x = graph.variable(Tensor([-1e4, 1e4], shape: [2]))
    let y = graph.gelu(x)
    #expect(y.tensor.scalars == [0, 1e4])
    graph.backward(from: graph.sum(y))
    #expect(graph.gradient(of: x)?.scalars == [0, 1])
  }
}
