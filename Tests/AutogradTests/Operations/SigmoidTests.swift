import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct SigmoidTests {
  @Test func `values and gradient by hand`() {
    let graph = Graph<Double>()
    let x = graph.variable(Tensor([0, 1], shape: [2]))
    let y = graph.sigmoid(x)
    expectClose(y.tensor, [0.5, 0.731_058_578_630_004_9], relative: 1e-15)
    graph.backward(from: y, seed: Tensor([4, 1], shape: [2]))
    expectClose(
      graph.gradient(of: x) ?? y.tensor, [1, 0.196_611_933_241_481_85], relative: 1e-14)
  }

  @Test func `extreme inputs stay finite`() {
    let graph = Graph<Float>()
    let x = graph.variable(Tensor([-1e4, -100, 100, 1e4], shape: [4]))
    let y = graph.sigmoid(x)
    expectClose(y.tensor, [0, 0, 1, 1], absolute: 1e-30)
    graph.backward(from: graph.sum(y))
    expectClose(graph.gradient(of: x) ?? y.tensor, [0, 0, 0, 0], absolute: 1e-30)
  }
}
