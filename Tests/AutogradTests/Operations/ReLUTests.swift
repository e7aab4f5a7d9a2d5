import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct ReLUTests {
  @Test func `values and gradient by hand, with derivative 0 at 0`() {
    let graph = Graph<Float>()
    let x = graph.variable(Tensor([-2, -0.0, 0, 3], shape: [4]))
    let y = graph.relu(x)
    #expect(y.tensor.scalars == [0, 0, 0, 3])
    graph.backward(from: y, seed: Tensor([1, 10, 100, 1000], shape: [4]))
    #expect(graph.gradient(of: x)?.scalars == [0, 0, 0, 1000])
  }

  @Test func `NaN stays visible`() {
    let graph = Graph<Float>()
    #expect(graph.relu(graph.constant(Tensor(scalar: .nan))).tensor.item.isNaN)
  }
}
