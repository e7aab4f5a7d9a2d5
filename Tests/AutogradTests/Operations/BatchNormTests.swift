import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct BatchNormTests {
  private let stream = RandomSource(seed: 6).stream("batch norm")

  private func draw(_ shape: Shape, _ step: Int) -> Tensor<Double> {
    stream.uniform(shape, in: -1...1, step: step)
  }

  @Test func `values by hand`() {
    let graph = Graph<Double>()
    // Channel 0 has mean 2 and variance 1, channel 1 is constant.
    let x = graph.constant(Tensor<Double>([1, 7, 3, 7, 1, 7, 3, 7], shape: [2, 1, 2, 2]))
    let scale = graph.constant(Tensor<Double>([2, 5], shape: [2]))
    let shift = graph.constant(Tensor<Double>([0.5, -1], shape: [2]))
    let (y, statistics) = graph.batchNorm(x, scale: scale, shift: shift, epsilon: 3)
    #expect(statistics.mean.scalars == [2, 7] && statistics.variance.scalars == [1, 0])
    #expect(y.tensor.scalars == [-0.5, -1, 1.5, -1, -0.5, -1, 1.5, -1])
    let given = ChannelStatistics(
      mean: Tensor<Double>([1, 3], shape: [2]), variance: Tensor([1, 1], shape: [2]))
    let z = graph.batchNorm(x, scale: scale, shift: shift, statistics: given, epsilon: 3)
    #expect(z.tensor.scalars == [0.5, 9, 2.5, 9, 0.5, 9, 2.5, 9])
  }

  /// With the statistics of the whole batch, slices differ by their scales and shifts only.
  @Test func `samples equal separate layers`() {
    let x = draw([6, 2, 2, 3], 0)
    let (scale, shift, dY) = (draw([3, 3], 1), draw([3, 3], 2), draw([6, 2, 2, 3], 3))
    let whole = ChannelStatistics(of: x)
    let graph = Graph<Double>()
    let v = [x, scale, shift].map { graph.variable($0) }
    let y = graph.batchNorm(v[0], scale: v[1], shift: v[2], statistics: whole)
    graph.backward(from: y, seed: dY)
    let training = graph.batchNorm(v[0], scale: v[1], shift: v[2]).y
    #expect(training.tensor == y.tensor)
    for sample in 0..<3 {
      let slice = sample * 2..<sample * 2 + 2
      let alone = Graph<Double>()
      let a = [x.rows(slice), scale.slice(sample), shift.slice(sample)].map { alone.variable($0) }
      let part = alone.batchNorm(a[0], scale: a[1], shift: a[2], statistics: whole)
      alone.backward(from: part, seed: dY.rows(slice))
      #expect(y.tensor.rows(slice) == part.tensor)
      #expect(graph.gradient(of: v[0])?.rows(slice) == alone.gradient(of: a[0]))
      #expect(graph.gradient(of: v[1])?.slice(sample) == alone.gradient(of: a[1]))
      #expect(graph.gradient(of: v[2])?.slice(sample) == alone.gradient(of: a[2]))
    }
  }

  @Test func `a constant channel has a finite gradient`() throws {
    let graph = Graph<Float>()
    let x = graph.variable(Tensor(repeating: 3, shape: [2, 2, 2, 1]))
    let one = graph.constant(Tensor<Float>(repeating: 1, shape: [1]))
    let y = graph.batchNorm(x, scale: one, shift: one).y
    graph.backward(from: y, seed: Tensor([1, 0, 0, 0, 2, 0, 0, 0], shape: [2, 2, 2, 1]))
    #expect(try #require(graph.gradient(of: x)).isFinite)
  }

  @Test func `other shapes and empty batches are refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      let one = graph.constant(Tensor<Float>(repeating: 1, shape: [2]))
      _ = graph.batchNorm(graph.constant(Tensor(zeros: [2, 3])), scale: one, shift: one)
    }
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      let one = graph.constant(Tensor<Float>(repeating: 1, shape: [2]))
      _ = graph.batchNorm(graph.constant(Tensor(zeros: [0, 2])), scale: one, shift: one)
    }
  }
}
