import Autograd
import Foundation
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct MultiHeadAttentionTests {
  private let layer = MultiHeadAttention<Double>(
    name: "attention", width: 6, heads: 2, dropout: 0.5, random: RandomSource(seed: 51))

  private func rows(_ count: Int, _ step: Int) -> Tensor<Double> {
    RandomSource(seed: 51).stream("x").uniform([count, 6], in: -1...1, step: step)
  }

  @Test func `parameters and their initial values`() {
    #expect(
      layer.parameters.map(\.name) == [
        "attention.query.weight", "attention.key_value.weight", "attention.merge.weight",
      ])
    #expect(layer.parameters.map(\.shape) == [[6, 6], [12, 6], [6, 6]])
    // Xavier's bound √(6 / (D + D)) for each D×D matrix, those of keys and values as well.
    let bound = (6.0 / 12).squareRoot()
    let matrices = layer.parameters.flatMap { parameter in
      (0..<parameter.shape[0] / 6).map { parameter.value.rows(6 * $0..<6 * ($0 + 1)) }
    }
    #expect(matrices.count == 4)
    for matrix in matrices {
      let largest = matrix.maximumMagnitude()
      #expect(largest <= bound * (1 + 1e-6) && largest > 0.8 * bound)
    }
    // Number after number of the parameter's stream, keys first.
    let stream = RandomSource(seed: 51).stream("init/attention.key_value.weight")
    let expected: Tensor<Double> = stream.uniform([12, 6], in: -bound...bound)
    #expect(layer.keyValue.weight.value == expected)
  }

  @Test func `dropout acts in training only`() {
    let layout = SequenceLayout(lengths: [3, 2], packing: .byElement)
    func run(_ phase: Phase) -> Tensor<Double> {
      let pass = ForwardPass<Double>(
        graph: Graph(), phase: phase, source: FrozenParameters(), random: RandomSource(seed: 1))
      let x = pass.graph.constant(rows(5, 0))
      return layer.forward(x, layout: layout, memory: x, memoryLayout: layout, in: pass).tensor
    }
    #expect(run(.training) == run(.training))
    #expect(run(.training) != run(.evaluation))
  }

  /// Without padding, an element's answer depends on nothing but its own memory.
  @Test func `elements do not see each other`() {
    let layout = SequenceLayout(lengths: [2, 1], packing: .byElement)
    let memoryLayout = SequenceLayout(lengths: [3, 2], packing: .byElement)
    func run(_ memory: Tensor<Double>) -> Tensor<Double> {
      let pass = ForwardPass<Double>(graph: Graph(), source: FrozenParameters())
      return layer.forward(
        pass.graph.constant(rows(3, 0)), layout: layout, memory: pass.graph.constant(memory),
        memoryLayout: memoryLayout, in: pass
      ).tensor
    }
    let memory = rows(5, 1)
    var changed = memory
    changed[4, 2] += 1
    let (before, after) = (run(memory), run(changed))
    #expect(before.rows(0..<2) == after.rows(0..<2))
    #expect(before.rows(2..<3) != after.rows(2..<3))
  }

  @Test(arguments: [1, 2, 4], [false, true])
  func `weight samples equal separate layers`(_ samples: Int, _ isCausal: Bool) {
    let lengths = [3, 2, 2, 4]
    let x = lengths.enumerated().map { rows($1, 10 + $0) }
    expectSamplesToEqualSeparateNetworks(layer.parameters, samples: samples) { slice, pass in
      let size = 4 / samples
      let part = slice.map { $0 * size..<($0 + 1) * size } ?? 0..<4
      let layout = SequenceLayout(
        lengths: Array(lengths[part]), samples: pass.samples, packing: .byElement)
      let value = pass.graph.concatenate(part.map { pass.graph.constant(x[$0]) }, axis: 0)
      let y = layer.forward(
        value, layout: layout, memory: value, memoryLayout: layout, isCausal: isCausal, in: pass)
      let sum = pass.graph.sum(pass.graph.multiply(y, y))
      return pass.graph.scale(sum, by: 1 / Double(part.count))
    }
  }

  @Test func `positions are sinusoids`() {
    let vectors: Tensor<Double> = PositionalEncoding.vectors(of: [0, 3, 0], width: 5)
    #expect(vectors.rows(0..<1).scalars == [0, 1, 0, 1, 0])
    let expected = [
      sin(3), cos(3), sin(3 / pow(10_000, 0.4)), cos(3 / pow(10_000, 0.4)),
      sin(3 / pow(10_000, 0.8)),
    ]
    expectClose(vectors.rows(1..<2), expected, absolute: 1e-14)
    #expect(vectors.rows(2..<3) == vectors.rows(0..<1))
  }
}
