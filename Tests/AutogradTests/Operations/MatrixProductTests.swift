import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct MatrixProductTests {
  @Test func `product and gradients by hand`() {
    let graph = Graph<Float>()
    let a = graph.variable(Tensor([1, 2, 3, 4], shape: [2, 2]))
    let b = graph.variable(Tensor([5, 6, 7, 8], shape: [2, 2]))
    let y = graph.matrixProduct(a, b)
    #expect(y.tensor.scalars == [19, 22, 43, 50])
    graph.backward(from: y, seed: Tensor([1, 0, 0, 0], shape: [2, 2]))
    #expect(graph.gradient(of: a)?.scalars == [5, 7, 0, 0])
    #expect(graph.gradient(of: b)?.scalars == [1, 0, 2, 0])
  }

  @Test(arguments: [(false, false), (false, true), (true, false), (true, true)])
  func `batches of transposed matrices equal three loops`(_ transposed: (a: Bool, b: Bool)) {
    let stream = RandomSource(seed: 3).stream("matrices")
    let (pairs, m, n, k) = (3, 4, 5, 6)
    let a: Tensor<Double> = stream.uniform(
      transposed.a ? [pairs, k, m] : [pairs, m, k], in: -1...1, step: 0)
    let b: Tensor<Double> = stream.uniform(
      transposed.b ? [pairs, n, k] : [pairs, k, n], in: -1...1, step: 1)
    let graph = Graph<Double>()
    let y = graph.matrixProduct(
      graph.constant(a), transposed: transposed.a, graph.constant(b), transposed: transposed.b)
    #expect(y.shape == [pairs, m, n])
    for pair in 0..<pairs {
      let left = transposed.a ? Naive.transpose(a.slice(pair)) : a.slice(pair)
      let right = transposed.b ? Naive.transpose(b.slice(pair)) : b.slice(pair)
      expectClose(y.tensor.slice(pair), Naive.matrixProduct(left, right), absolute: 1e-14)
    }
  }

  @Test func `an empty inner axis gives zeros`() {
    let graph = Graph<Float>()
    let a = graph.constant(Tensor<Float>(zeros: [2, 0]))
    let y = graph.matrixProduct(a, graph.constant(Tensor(zeros: [0, 3])))
    #expect(y.tensor == Tensor(zeros: [2, 3]))
  }

  @Test func `inner axes that differ are refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      let a = graph.constant(Tensor(zeros: [2, 3]))
      _ = graph.matrixProduct(a, graph.constant(Tensor(zeros: [2, 3])))
    }
  }

  @Test func `batches of different sizes are refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      let a = graph.constant(Tensor(zeros: [2, 3, 3]))
      _ = graph.matrixProduct(a, graph.constant(Tensor(zeros: [1, 3, 3])))
    }
  }
}
