import Autograd
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct LayerNormTests {
  @Test func `values by hand`() {
    let graph = Graph<Double>()
    // Mean 2, unbiased deviation √((1 + 0 + 1) / 2) = 1.
    let y = graph.layerNorm(
      graph.constant(Tensor([1, 2, 3, 7, 7, 7], shape: [2, 3])),
      scale: graph.constant(Tensor([1, 10, 100], shape: [3])),
      shift: graph.constant(Tensor([0.5, 0.25, 0], shape: [3])), epsilon: 0.25)
    expectClose(y.tensor, [-0.8 + 0.5, 0.25, 80, 0.5, 0.25, 0], relative: 1e-15)
  }

  /// Groups with parameters of their own equal separate calls.
  @Test func `samples equal separate layers`() throws {
    let stream = RandomSource(seed: 3).stream("layer norm")
    let groups = RowGroups(starts: [0, 2, 2, 5])
    let x: Tensor<Double> = stream.uniform([5, 4], in: -1...1, step: 0)
    let scale: Tensor<Double> = stream.uniform([3, 4], in: -1...1, step: 1)
    let shift: Tensor<Double> = stream.uniform([3, 4], in: -1...1, step: 2)
    let dY: Tensor<Double> = stream.uniform([5, 4], in: -1...1, step: 3)
    let graph = Graph<Double>()
    let v = [x, scale, shift].map { graph.variable($0) }
    let y = graph.layerNorm(v[0], scale: v[1], shift: v[2], groups: groups)
    graph.backward(from: y, seed: dY)
    for group in 0..<3 {
      let alone = Graph<Double>()
      let a = [x.rows(groups[group]), scale.slice(group), shift.slice(group)].map {
        alone.variable($0)
      }
      let part = alone.layerNorm(a[0], scale: a[1], shift: a[2])
      alone.backward(from: part, seed: dY.rows(groups[group]))
      #expect(y.tensor.rows(groups[group]) == part.tensor)
      #expect(graph.gradient(of: v[0])?.rows(groups[group]) == alone.gradient(of: a[0]))
      #expect(graph.gradient(of: v[1])?.slice(group) == alone.gradient(of: a[1]))
      #expect(graph.gradient(of: v[2])?.slice(group) == alone.gradient(of: a[2]))
    }
  }

  @Test func `a constant row has a finite gradient`() throws {
    let graph = Graph<Float>()
    let x = graph.variable(Tensor(repeating: 3, shape: [1, 4]))
    let one = graph.constant(Tensor<Float>(repeating: 1, shape: [4]))
    let y = graph.layerNorm(x, scale: one, shift: one)
    graph.backward(from: y, seed: Tensor([1, 0, 0, 0], shape: [1, 4]))
    #expect(try #require(graph.gradient(of: x)).isFinite)
  }

  @Test func `rows of one column are refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      let one = graph.constant(Tensor<Float>(repeating: 1, shape: [1]))
      _ = graph.layerNorm(graph.constant(Tensor(zeros: [2, 1])), scale: one, shift: one)
    }
  }

  @Test func `a scale and a shift of different numbers of samples are refused`() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let graph = Graph<Float>()
      _ = graph.layerNorm(
        graph.constant(Tensor(zeros: [6, 4])),
        scale: graph.constant(Tensor(zeros: [2, 4])),
        shift: graph.constant(Tensor(zeros: [3, 4])))
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("layerNorm: a scale"))
  }
}
