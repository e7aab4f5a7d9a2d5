import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct ConcatenateTests {
  @Test func `columns and their gradients by hand`() {
    let graph = Graph<Float>()
    let a = graph.variable(Tensor([1, 2], shape: [2, 1]))
    let b = graph.variable(Tensor([3, 4, 5, 6], shape: [2, 2]))
    let y = graph.concatenate([a, b], axis: 1)
    #expect(y.tensor == Tensor([1, 3, 4, 2, 5, 6], shape: [2, 3]))
    graph.backward(from: y, seed: Tensor([10, 20, 30, 40, 50, 60], shape: [2, 3]))
    #expect(graph.gradient(of: a)?.scalars == [10, 40])
    #expect(graph.gradient(of: b)?.scalars == [20, 30, 50, 60])
  }

  @Test func `rows by hand`() {
    let graph = Graph<Float>()
    let a = graph.variable(Tensor([1, 2], shape: [1, 2]))
    let y = graph.concatenate([a, a], axis: 0)
    #expect(y.tensor == Tensor([1, 2, 1, 2], shape: [2, 2]))
    graph.backward(from: y, seed: Tensor([1, 2, 30, 40], shape: [2, 2]))
    #expect(graph.gradient(of: a)?.scalars == [31, 42])
  }

  @Test func `slices put together give the whole`() {
    let x: Tensor<Float> = RandomSource(seed: 8).stream("x").uniform([3, 4, 5])
    for axis in 0..<3 {
      let graph = Graph<Float>()
      let value = graph.constant(x)
      let parts = [0..<1, 1..<2, 2..<x.shape[axis]].map { graph.slice(value, axis: axis, $0) }
      #expect(graph.concatenate(parts, axis: axis).tensor == x)
    }
  }

  @Test func `shapes that differ on another axis are refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      let a = graph.constant(Tensor(zeros: [2, 3]))
      _ = graph.concatenate([a, graph.constant(Tensor(zeros: [3, 3]))], axis: 1)
    }
  }

  @Test func `no parts are refused`() async {
    await #expect(processExitsWith: .failure) { _ = Graph<Float>().concatenate([], axis: 0) }
  }
}
