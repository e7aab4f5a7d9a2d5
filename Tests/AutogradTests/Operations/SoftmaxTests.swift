import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct SoftmaxTests {
  @Test func `values and gradient by hand`() {
    // exp(0) : exp(ln 3) = 1 : 3; dx_0 = y_0 (1 − y_0), dx_1 = −y_0 y_1
    let graph = Graph<Double>()
    let x = graph.variable(Tensor([0, 1.098_612_288_668_109_8], shape: [1, 2]))
    let y = graph.softmax(x)
    expectClose(y.tensor, [0.25, 0.75], relative: 1e-14)
    graph.backward(from: y, seed: Tensor([1, 0], shape: [1, 2]))
    expectClose(graph.gradient(of: x) ?? y.tensor, [0.1875, -0.1875], relative: 1e-14)
  }

  @Test func `equals the definition on the last axis of any rank`() {
    let x: Tensor<Float> = RandomSource(seed: 6).stream("x").uniform([3, 4, 5], in: -20...20)
    let graph = Graph<Float>()
    let y = graph.softmax(graph.constant(x))
    let expected = Naive.softmax(x.converted(to: Double.self).reshaped(to: [12, 5]))
    #expect(y.shape == [3, 4, 5])
    expectClose(y.tensor.reshaped(to: [12, 5]), expected, relative: 5e-6, absolute: 1e-30)
  }

  @Test func `extreme logits and equal maxima stay finite`() {
    let tiny = Float.leastNonzeroMagnitude
    let logits: [Float] = [1e4, -1e4, 0, 1e4, 1e4, 1e4, -1e4, -1e4, -1e4, tiny, 0, -tiny]
    let graph = Graph<Float>()
    let x = graph.variable(Tensor(logits, shape: [4, 3]))
    let y = graph.softmax(x)
    let third = 1.0 / 3
    expectClose(
      y.tensor, [1, 0, 0, third, third, third, third, third, third, third, third, third],
      relative: 2e-7, absolute: 1e-30)
    graph.backward(from: y, seed: Tensor(repeating: 1, shape: [4, 3]))
    #expect(graph.gradient(of: x)?.isFinite == true)
  }

  @Test func `a scalar is refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.softmax(graph.constant(Tensor(scalar: 1)))
    }
  }
}
