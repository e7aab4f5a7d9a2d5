import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct TransposeTests {
  @Test func `a matrix and its gradient by hand`() {
    let graph = Graph<Float>()
    let x = graph.variable(Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]))
    let y = graph.transpose(x)
    #expect(y.tensor == Tensor([1, 4, 2, 5, 3, 6], shape: [3, 2]))
    graph.backward(from: y, seed: Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2]))
    #expect(graph.gradient(of: x)?.scalars == [1, 3, 5, 2, 4, 6])
  }

  @Test func `axes go where the order says`() {
    let x: Tensor<Float> = RandomSource(seed: 9).stream("x").uniform([2, 3, 4])
    let graph = Graph<Float>()
    let y = graph.transpose(graph.constant(x), [2, 0, 1])
    #expect(y.shape == [4, 2, 3])
    for (i, j, k) in [(0, 0, 0), (1, 2, 3), (1, 0, 2)] {
      #expect(y.tensor[k, i, j] == x[i, j, k])
    }
  }

  @Test func `an order that is none is refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.transpose(graph.constant(Tensor(zeros: [2, 3])), [0, 0])
    }
  }

  @Test func `the short form is for matrices only`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.transpose(graph.constant(Tensor(zeros: [2, 3, 4])))
    }
  }
}
