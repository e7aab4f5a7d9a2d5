import Autograd
import Tensors
import Testing

@Suite struct RedirectedReLUTests {
  @Test func `only examples without a gradient are redirected, and never downwards`() {
    let graph = Graph<Float>()
    let x = graph.variable(
      Tensor([-1, 2, -3, /**/ -1, -2, 0, /**/ 1, -1, -1], shape: [3, 3]))
    let y = graph.redirectedReLU(x)
    #expect(y.tensor.scalars == [0, 2, 0, 0, 0, 0, 1, 0, 0])
    // A negative gradient of a loss pushes its element up.
    graph.backward(
      from: y, seed: Tensor([-5, 6, -7, /**/ 5, -6, 7, /**/ 0, 3, -4], shape: [3, 3]))
    // The third example has a positive element, but nothing comes through it.
    #expect(graph.gradient(of: x)?.scalars == [0, 6, 0, 0, -6, 7, 0, 0, -4])
  }

  @Test func `the examples of images are images`() {
    let graph = Graph<Double>()
    let x = graph.variable(
      Tensor(repeating: -1, shape: [2, 2, 2, 1]))
    let y = graph.redirectedReLU(x)
    graph.backward(from: y, seed: Tensor([-1, 1, -1, 1, 0, 0, 0, -2], shape: [2, 2, 2, 1]))
    #expect(graph.gradient(of: x)?.scalars == [-1, 0, -1, 0, 0, 0, 0, -2])
  }
}
