import Autograd
import Tensors
import Testing

@Suite struct GatherTests {
  @Test func `values and gradients by hand`() {
    let graph = Graph<Float>()
    let table = graph.variable(Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2]))
    let y = graph.gather(table, rows: [2, 0, 2])
    #expect(y.tensor == Tensor([5, 6, 1, 2, 5, 6], shape: [3, 2]))
    graph.backward(from: y, seed: Tensor([1, 2, 10, 20, 100, 200], shape: [3, 2]))
    #expect(graph.gradient(of: table)?.scalars == [10, 20, 0, 0, 101, 202])
  }

  @Test func `a row beyond the table is refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.gather(graph.constant(Tensor(zeros: [3, 2])), rows: [3])
    }
  }
}
