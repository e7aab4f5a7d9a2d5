import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct GradientBufferTests {
  private func tensor(_ scalars: [Double]) -> Tensor<Double> {
    Tensor(scalars, shape: [scalars.count])
  }

  @Test func `leaves accumulate into buffers across tapes`() {
    let buffer = GradientBuffer<Double>(shape: [2])
    #expect(buffer.isEmpty)
    #expect(buffer.tensor.scalars == [0, 0])
    let graph = Graph<Double>()
    for _ in 0..<3 {
      graph.reset()
      let w = graph.variable(tensor([1, 2]), accumulatingInto: buffer)
      graph.backward(from: graph.multiply(w, w), seed: tensor([1, 1]))
    }
    #expect(buffer.tensor.scalars == [6, 12])
    #expect(!buffer.isEmpty)
    buffer.scale(by: 0.5)
    #expect(buffer.tensor.scalars == [3, 6])
    #expect(buffer.sumOfSquares == 45)
    buffer.clear()
    #expect(buffer.sumOfSquares == 0)
    #expect(buffer.tensor.scalars == [0, 0])
    buffer.withTensor { #expect($0.scalars == [0, 0]) }
    buffer.add(tensor([1, 1]))
    #expect(buffer.tensor.scalars == [1, 1])
    buffer.clear()
    buffer.add(tensor([2, 3]))
    #expect(buffer.tensor.scalars == [2, 3])
    buffer.tensor = tensor([7, 8])
    buffer.add(tensor([1, 1]))
    #expect(buffer.tensor.scalars == [8, 9])
    #expect(buffer.isFinite)
    buffer.add(tensor([.infinity, 0]))
    #expect(!buffer.isFinite)
  }

  @Test func `an emptied buffer is overwritten by every kind of contribution`() {
    let buffer = GradientBuffer<Double>(shape: [1, 1])
    buffer.add(Tensor([100], shape: [1, 1]))
    buffer.clear()
    let graph = Graph<Double>()
    let w = graph.variable(Tensor([3], shape: [1, 1]), accumulatingInto: buffer)
    let x = graph.constant(Tensor([2], shape: [1, 1]))
    graph.backward(from: graph.linear(x, weight: w))
    #expect(graph.gradient(of: w)?.scalars == [2])
    #expect(buffer.tensor.scalars == [2])
  }

  @Test func `two leaves share a buffer`() {
    let buffer = GradientBuffer<Double>(shape: [1])
    let graph = Graph<Double>()
    let first = graph.variable(tensor([2]), accumulatingInto: buffer)
    let second = graph.variable(tensor([2]), accumulatingInto: buffer)
    graph.backward(from: graph.multiply(first, second))
    #expect(buffer.tensor.scalars == [4])
  }

  @Test func `what a buffer was given is not changed by scaling the buffer`() {
    let buffer = GradientBuffer<Double>(shape: [2])
    let given = tensor([1, 2])
    buffer.add(given)
    buffer.scale(by: 3)
    #expect(given.scalars == [1, 2])
    #expect(buffer.tensor.scalars == [3, 6])
  }

  @Test func `factors act on what was added, and on nothing else`() {
    let buffer = GradientBuffer<Double>(shape: [2])
    buffer.multiply(by: tensor([.nan, 0]))
    #expect(buffer.isEmpty)
    buffer.add(tensor([3, 4]))
    buffer.multiply(by: tensor([0, 2]))
    #expect(buffer.tensor.scalars == [0, 8])
  }

  @Test func `buffers of another shape are refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Double>()
      _ = graph.variable(Tensor(zeros: [2]), accumulatingInto: GradientBuffer(shape: [3]))
    }
  }
}
