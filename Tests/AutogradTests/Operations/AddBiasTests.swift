import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct AddBiasTests {
  @Test func `one vector for all rows by hand`() {
    let graph = Graph<Float>()
    let x = graph.variable(Tensor([1, 2, 3, 4], shape: [2, 2]))
    let bias = graph.variable(Tensor([10, 20], shape: [2]))
    let y = graph.addBias(x, bias)
    #expect(y.tensor.scalars == [11, 22, 13, 24])
    graph.backward(from: y, seed: Tensor([1, 2, 3, 4], shape: [2, 2]))
    #expect(graph.gradient(of: x)?.scalars == [1, 2, 3, 4])
    #expect(graph.gradient(of: bias)?.scalars == [4, 6])
  }

  @Test func `one vector for each slice of the batch by hand`() {
    let graph = Graph<Float>()
    let x = graph.variable(Tensor([1, 2, 3, 4], shape: [4, 1]))
    let bias = graph.variable(Tensor([10, 20], shape: [2, 1]))
    let y = graph.addBias(x, bias)
    #expect(y.tensor.scalars == [11, 12, 23, 24])
    graph.backward(from: y, seed: Tensor([1, 2, 3, 4], shape: [4, 1]))
    #expect(graph.gradient(of: bias)?.scalars == [3, 7])
  }

  @Test func `the input is not changed`() {
    let graph = Graph<Float>()
    let x = Tensor<Float>([1, 2], shape: [1, 2])
    _ = graph.addBias(graph.constant(x), graph.constant(Tensor([1, 1], shape: [2])))
    #expect(x.scalars == [1, 2])
  }

  @Test func `a bias of another length is refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      let x = graph.constant(Tensor(zeros: [4, 3]))
      _ = graph.addBias(x, graph.constant(Tensor(zeros: [4])))
    }
  }

  @Test func `a batch that cannot be cut into equal slices is refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      let x = graph.constant(Tensor(zeros: [4, 3]))
      _ = graph.addBias(x, graph.constant(Tensor(zeros: [3, 3])))
    }
  }
}
