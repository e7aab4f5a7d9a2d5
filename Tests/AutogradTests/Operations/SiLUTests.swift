import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct SiLUTests {
  @Test func `values and gradient by hand`() {
    let graph = Graph<Double>()
    let x = graph.variable(Tensor([-2, 0, 1], shape: [3]))
    let y = graph.silu(x)
    expectClose(
      y.tensor, [-0.238405844044235112, 0.0, 0.731058578630004879], relative: 1e-14)
    graph.backward(from: y, seed: Tensor([1, 1, 1], shape: [3]))
    expectClose(
      graph.gradient(of: x) ?? y.tensor,
      [-0.0907842487848954788, 0.5, 0.927670511871486732], relative: 1e-13)
  }

  @Test func `large inputs pass and vanish`() {
    let graph = Graph<Float>()
    let x = graph.variable(Tensor([-1e4, 1e4], shape: [2]))
    let y = graph.silu(x)
    #expect(y.tensor.scalars == [0, 1e4])
    graph.backward(from: graph.sum(y))
    #expect(graph.gradient(of: x)?.scalars == [0, 1])
  }
}
