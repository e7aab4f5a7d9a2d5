import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct SliceTests {
  private let x = Tensor<Float>([1, 2, 3, 4, 5, 6], shape: [2, 3])

  @Test func `columns and their gradient by hand`() {
    let graph = Graph<Float>()
    let x = graph.variable(self.x)
    let y = graph.slice(x, axis: 1, 1..<3)
    #expect(y.tensor == Tensor([2, 3, 5, 6], shape: [2, 2]))
    graph.backward(from: y, seed: Tensor([1, 2, 3, 4], shape: [2, 2]))
    #expect(graph.gradient(of: x)?.scalars == [0, 1, 2, 0, 3, 4])
  }

  @Test func `rows and their gradient by hand`() {
    let graph = Graph<Float>()
    let x = graph.variable(self.x)
    let y = graph.slice(x, axis: 0, 1..<2)
    #expect(y.tensor == Tensor([4, 5, 6], shape: [1, 3]))
    graph.backward(from: y, seed: Tensor([1, 2, 3], shape: [1, 3]))
    #expect(graph.gradient(of: x)?.scalars == [0, 0, 0, 1, 2, 3])
  }

  @Test func `a middle axis by hand`() {
    let graph = Graph<Float>()
    let x = graph.variable(Tensor((0..<12).map(Float.init), shape: [2, 3, 2]))
    let y = graph.slice(x, axis: 1, 1..<2)
    #expect(y.tensor == Tensor([2, 3, 8, 9], shape: [2, 1, 2]))
    graph.backward(from: y, seed: Tensor([1, 2, 3, 4], shape: [2, 1, 2]))
    #expect(graph.gradient(of: x)?.scalars == [0, 0, 1, 2, 0, 0, 0, 0, 3, 4, 0, 0])
  }

  @Test func `a range beyond the axis is refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.slice(graph.constant(Tensor(zeros: [2, 3])), axis: 1, 2..<4)
    }
  }

  @Test func `an axis that does not exist is refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.slice(graph.constant(Tensor(zeros: [2, 3])), axis: 2, 0..<1)
    }
  }
}
