import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct LinearTests {
  @Test func `values and gradients by hand`() {
    let graph = Graph<Float>()
    let x = graph.variable(Tensor([1, 2], shape: [1, 2]))
    let w = graph.variable(Tensor([3, 4, 5, 6, 7, 8], shape: [3, 2]))
    let b = graph.variable(Tensor([10, 20, 30], shape: [3]))
    let y = graph.linear(x, weight: w, bias: b)
    #expect(y.tensor.scalars == [21, 37, 53])
    graph.backward(from: y, seed: Tensor([1, 10, 100], shape: [1, 3]))
    #expect(graph.gradient(of: x)?.scalars == [753, 864])
    #expect(graph.gradient(of: w)?.scalars == [1, 2, 10, 20, 100, 200])
    #expect(graph.gradient(of: b)?.scalars == [1, 10, 100])
  }

  @Test(arguments: [(1, 1, 1), (5, 3, 4), (7, 1, 2), (16, 33, 9)])
  func `equals loops`(_ size: (batch: Int, inputs: Int, outputs: Int)) {
    let stream = RandomSource(seed: 4).stream("linear")
    let x: Tensor<Float> = stream.uniform([size.batch, size.inputs], in: -1...1, step: 0)
    let w: Tensor<Float> = stream.uniform([size.outputs, size.inputs], in: -1...1, step: 1)
    let b: Tensor<Float> = stream.uniform([size.outputs], in: -1...1, step: 2)
    let graph = Graph<Float>()
    let y = graph.linear(
      graph.constant(x), weight: graph.constant(w), bias: graph.constant(b))
    let expected = Naive.linear(
      x.converted(to: Double.self), weight: w.converted(to: Double.self),
      bias: b.converted(to: Double.self))
    expectClose(y.tensor, expected, absolute: 1e-5)
  }

  /// S weight samples serve the S slices of the batch, as S separate layers would.
  @Test(arguments: [1, 2, 4], [true, false])
  func `weight samples equal separate layers`(_ samples: Int, _ biasIsSampled: Bool) {
    let stream = RandomSource(seed: 5).stream("samples")
    let (rows, time, inputs, outputs) = (3, 2, 5, 4)
    let x: Tensor<Double> = stream.uniform([samples * rows, time, inputs], in: -1...1, step: 0)
    let w: Tensor<Double> = stream.uniform([samples, outputs, inputs], in: -1...1, step: 1)
    let b: Tensor<Double> = stream.uniform(
      biasIsSampled ? [samples, outputs] : [outputs], in: -1...1, step: 2)
    let dY: Tensor<Double> = stream.uniform([samples * rows, time, outputs], in: -1...1, step: 3)

    let together = Graph<Double>()
    let (vX, vW, vB) = (together.variable(x), together.variable(w), together.variable(b))
    let y = together.linear(vX, weight: vW, bias: vB)
    together.backward(from: y, seed: dY)
    guard let dX = together.gradient(of: vX), let dW = together.gradient(of: vW),
      let dB = together.gradient(of: vB)
    else { return #expect(Bool(false), "a gradient is missing") }

    var sharedBiasGradient = Tensor<Double>(zeros: [outputs])
    for sample in 0..<samples {
      let slice = sample * rows..<(sample + 1) * rows
      let alone = Graph<Double>()
      let (aX, aW) = (alone.variable(x.rows(slice)), alone.variable(w.slice(sample)))
      let aB = alone.variable(biasIsSampled ? b.slice(sample) : b)
      let result = alone.linear(aX, weight: aW, bias: aB)
      alone.backward(from: result, seed: dY.rows(slice))
      expectClose(y.tensor.rows(slice), result.tensor, relative: 1e-14)
      expectClose(dX.rows(slice), alone.gradient(of: aX) ?? x, relative: 1e-14)
      expectClose(dW.slice(sample), alone.gradient(of: aW) ?? w, relative: 1e-14)
      let gradient = alone.gradient(of: aB) ?? b
      if biasIsSampled { expectClose(dB.slice(sample), gradient, relative: 1e-14) }
      if !biasIsSampled { sharedBiasGradient.add(gradient) }
    }
    if !biasIsSampled { expectClose(dB, sharedBiasGradient, relative: 1e-13) }
  }

  /// Groups of different sizes, as packed sequences have them, one of them empty.
  @Test func `groups of different sizes equal separate layers`() {
    let stream = RandomSource(seed: 6).stream("groups")
    let groups = RowGroups(starts: [0, 3, 3, 8])
    let x: Tensor<Double> = stream.uniform([8, 5], in: -1...1, step: 0)
    let w: Tensor<Double> = stream.uniform([3, 4, 5], in: -1...1, step: 1)
    let b: Tensor<Double> = stream.uniform([3, 4], in: -1...1, step: 2)
    let dY: Tensor<Double> = stream.uniform([8, 4], in: -1...1, step: 3)
    let graph = Graph<Double>()
    let (vX, vW, vB) = (graph.variable(x), graph.variable(w), graph.variable(b))
    let y = graph.linear(vX, map: LinearMap(vW), bias: vB, groups: groups)
    graph.backward(from: y, seed: dY)
    for group in 0..<3 {
      let alone = Graph<Double>()
      let (aX, aW) = (alone.variable(x.rows(groups[group])), alone.variable(w.slice(group)))
      let aB = alone.variable(b.slice(group))
      let result = alone.linear(aX, weight: aW, bias: aB)
      alone.backward(from: result, seed: dY.rows(groups[group]))
      expectClose(y.tensor.rows(groups[group]), result.tensor, relative: 1e-14)
      expectClose(
        graph.gradient(of: vX)?.rows(groups[group]) ?? x, alone.gradient(of: aX) ?? w,
        relative: 1e-14)
      expectClose(
        graph.gradient(of: vW)?.slice(group) ?? x, alone.gradient(of: aW) ?? x, relative: 1e-14)
      expectClose(
        graph.gradient(of: vB)?.slice(group) ?? x, alone.gradient(of: aB) ?? x, relative: 1e-14)
    }
  }

  @Test func `a layer without inputs gives its bias`() {
    let graph = Graph<Float>()
    let x = graph.constant(Tensor<Float>(zeros: [2, 0]))
    let y = graph.linear(
      x, weight: graph.constant(Tensor(zeros: [2, 0])),
      bias: graph.constant(Tensor([1, 2], shape: [2])))
    #expect(y.tensor.scalars == [1, 2, 1, 2])
  }

  @Test func `a weight for other inputs is refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      let x = graph.constant(Tensor(zeros: [4, 3]))
      _ = graph.linear(x, weight: graph.constant(Tensor(zeros: [3, 4])))
    }
  }

  @Test func `a batch that cannot be cut into equal slices is refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      let x = graph.constant(Tensor(zeros: [5, 3]))
      _ = graph.linear(x, weight: graph.constant(Tensor(zeros: [2, 4, 3])))
    }
  }

  @Test func `a bias for other outputs is refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      let x = graph.constant(Tensor(zeros: [4, 3]))
      _ = graph.linear(
        x, weight: graph.constant(Tensor(zeros: [2, 3])),
        bias: graph.constant(Tensor(zeros: [3])))
    }
  }
}
