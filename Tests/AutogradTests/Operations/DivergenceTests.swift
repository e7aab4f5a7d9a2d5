import Autograd
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct DivergenceTests {
  /// q = ¼, ¾ and p = ½, ½: ½ ln 2 + ½ ln ⅔.
  @Test func `mean and gradient by hand`() throws {
    let graph = Graph<Double>()
    let x = graph.variable(Tensor([0, log(3), 7, 7], shape: [2, 2]))
    let loss = graph.divergence(of: x, from: Tensor([2, 2, 5, 5], shape: [2, 2]))
    expectClose(loss.tensor.item, (0.5 * log(2) + 0.5 * log(2 / 3)) / 2, relative: 1e-12)
    graph.backward(from: loss)
    let dX = try #require(graph.gradient(of: x))
    #expect(zip(dX.scalars, [-0.125, 0.125, 0, 0]).allSatisfy { abs($0 - $1) < 1e-15 })
  }

  @Test func `rows are weighted`() throws {
    let graph = Graph<Double>()
    let x = graph.variable(Tensor([0, log(3), 0, log(3)], shape: [2, 2]))
    let reference = Tensor<Double>([0, 0, 4, 4], shape: [2, 2])
    let loss = graph.divergence(of: x, from: reference, weights: [0, 3])
    expectClose(loss.tensor.item, 3 * (0.5 * log(2) + 0.5 * log(2 / 3)), relative: 1e-12)
    graph.backward(from: loss)
    let dX = try #require(graph.gradient(of: x))
    #expect(zip(dX.scalars, [0, 0, -0.75, 0.75]).allSatisfy { abs($0 - $1) < 1e-15 })
  }

  @Test func `large logits stay finite, and equal ones give 0`() {
    let graph = Graph<Float>()
    let logits = Tensor<Float>([1e4, -1e4, 0, -1e4, 1e4, 3], shape: [2, 3])
    let x = graph.variable(logits)
    #expect(graph.divergence(of: x, from: logits).tensor.item == 0)
    let other = graph.divergence(of: x, from: Tensor(zeros: [2, 3])).tensor.item
    #expect(other.isFinite && other > 1000)
  }

  @Test func `no rows give 0 when weighted`() {
    let graph = Graph<Double>()
    let x = graph.variable(Tensor(zeros: [0, 4]))
    #expect(graph.divergence(of: x, from: Tensor(zeros: [0, 4]), weights: []).tensor.item == 0)
  }
}
