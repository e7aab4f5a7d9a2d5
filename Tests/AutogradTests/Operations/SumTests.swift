import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct SumTests {
  private let x = Tensor<Float>([1, 2, 3, 4, 5, 6], shape: [2, 3])

  @Test func `over all elements by hand`() {
    let graph = Graph<Float>()
    let x = graph.variable(self.x)
    let y = graph.sum(x)
    #expect(y.shape == [])
    #expect(y.tensor.item == 21)
    graph.backward(from: y, seed: Tensor(scalar: 2))
    #expect(graph.gradient(of: x)?.scalars == [2, 2, 2, 2, 2, 2])
  }

  @Test func `over the first axis by hand`() {
    let graph = Graph<Float>()
    let x = graph.variable(self.x)
    let y = graph.sum(x, axis: 0)
    #expect(y.shape == [3])
    #expect(y.tensor.scalars == [5, 7, 9])
    graph.backward(from: y, seed: Tensor([1, 10, 100], shape: [3]))
    #expect(graph.gradient(of: x)?.scalars == [1, 10, 100, 1, 10, 100])
  }

  @Test func `over the last axis by hand`() {
    let graph = Graph<Float>()
    let x = graph.variable(self.x)
    let y = graph.sum(x, axis: 1)
    #expect(y.shape == [2])
    #expect(y.tensor.scalars == [6, 15])
    graph.backward(from: y, seed: Tensor([3, 30], shape: [2]))
    #expect(graph.gradient(of: x)?.scalars == [3, 3, 3, 30, 30, 30])
  }

  @Test func `nothing adds up to 0`() {
    let graph = Graph<Float>()
    let x = graph.constant(Tensor<Float>(zeros: [0, 2]))
    #expect(graph.sum(x).tensor.item == 0)
    #expect(graph.sum(x, axis: 0).tensor.scalars == [0, 0])
    #expect(graph.sum(x, axis: 1).tensor.scalars == [])
  }

  @Test func `an axis that does not exist is refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.sum(graph.constant(Tensor(zeros: [2, 3])), axis: 2)
    }
  }
}
