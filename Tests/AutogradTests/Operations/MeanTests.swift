import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct MeanTests {
  private let x = Tensor<Float>([1, 2, 3, 4, 5, 6], shape: [2, 3])

  @Test func `over all elements by hand`() {
    let graph = Graph<Float>()
    let x = graph.variable(self.x)
    let y = graph.mean(x)
    #expect(y.shape == [])
    #expect(y.tensor.item == 3.5)
    graph.backward(from: y, seed: Tensor(scalar: 12))
    #expect(graph.gradient(of: x)?.scalars == [2, 2, 2, 2, 2, 2])
  }

  @Test func `over the first axis by hand`() {
    let graph = Graph<Float>()
    let x = graph.variable(self.x)
    let y = graph.mean(x, axis: 0)
    #expect(y.shape == [3])
    #expect(y.tensor.scalars == [2.5, 3.5, 4.5])
    graph.backward(from: y, seed: Tensor([1, 10, 100], shape: [3]))
    #expect(graph.gradient(of: x)?.scalars == [0.5, 5, 50, 0.5, 5, 50])
  }

  @Test func `over the last axis by hand`() {
    let graph = Graph<Float>()
    let x = graph.variable(self.x)
    let y = graph.mean(x, axis: 1)
    #expect(y.shape == [2])
    #expect(y.tensor.scalars == [2, 5])
    graph.backward(from: y, seed: Tensor([3, 30], shape: [2]))
    #expect(graph.gradient(of: x)?.scalars == [1, 1, 1, 10, 10, 10])
  }

  @Test func `the mean of nothing is refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.mean(graph.constant(Tensor(zeros: [0, 2])))
    }
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.mean(graph.constant(Tensor(zeros: [0, 2])), axis: 0)
    }
  }

  @Test func `an axis that does not exist is refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.mean(graph.constant(Tensor(zeros: [2, 3])), axis: 2)
    }
  }
}
