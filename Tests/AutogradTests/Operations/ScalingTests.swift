import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct ScalingTests {
  @Test func `products with a number and their gradient by hand`() {
    let graph = Graph<Float>()
    let x = graph.variable(Tensor([1, -2], shape: [2]))
    let y = graph.scale(x, by: -1.5)
    #expect(y.tensor.scalars == [-1.5, 3])
    graph.backward(from: y, seed: Tensor([1, 10], shape: [2]))
    #expect(graph.gradient(of: x)?.scalars == [-1.5, -15])
  }
}
