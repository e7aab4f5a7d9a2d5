import Autograd
import Foundation
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Layers that join, move or average what others compute.
@Suite struct JoinedLayersTests {
  private func output(
    _ layers: [LayerDescription], of x: Tensor<Double>
  ) throws -> (y: Tensor<Double>, network: SequentialNetwork<Double>) {
    let description = try NetworkDescription(input: x.shape.dropFirst(), layers: layers)
    let network = SequentialNetwork<Double>(description, random: RandomSource(seed: 3))
    let graph = Graph<Double>()
    let pass = ForwardPass(graph: graph, source: FrozenParameters<Double>())
    let y = network.forward(graph.constant(x), in: pass).tensor
    #expect(y.shape == description.outline.output.prepending(x.shape[0]))
    return (y, network)
  }

  private func numbers(_ shape: Shape) -> Tensor<Double> {
    Tensor((0..<shape.count).map { Double(($0 * 7 + 3) % 11) - 5 }, shape: shape)
  }

  @Test func `ways are joined along the last axis, in their order`() throws {
    let x = numbers([2, 3])
    let (y, network) = try output(
      [.concatenation("c", [[], [.linear("a", outputs: 2), .activation(.relu)]])], of: x)
    let weight = try #require(network.parameter(named: "c.a.weight")).value
    let bias = try #require(network.parameter(named: "c.a.bias")).value
    for row in 0..<2 {
      for column in 0..<3 { #expect(y[row, column] == x[row, column]) }
      for unit in 0..<2 {
        let sum = (0..<3).reduce(bias[unit]) { $0 + weight[unit, $1] * x[row, $1] }
        #expect(abs(y[row, 3 + unit] - max(0, sum)) < 1e-12)
      }
    }
    #expect(throws: DescriptionError.self) {
      try NetworkDescription(
        input: [4, 4, 1], layers: [.concatenation("", [[], [.maxPooling(2)]])])
    }
  }

  @Test func `elements are moved, left out and repeated`() throws {
    let x = numbers([2, 2, 3])
    // Steps of two neighbours and single elements.
    for elements in [[4, 5, 0, 1], [5, 0, 0, 3], [0, 1, 2, 3, 4, 5], [3, 4, 5]] {
      let (y, _) = try output(
        [.rearrangement(shape: [elements.count], elements: elements)], of: x)
      for row in 0..<2 {
        for (place, element) in elements.enumerated() {
          #expect(y[row, place] == x[flat: row * 6 + element])
        }
      }
    }
    #expect(throws: DescriptionError.self) {
      try NetworkDescription(
        input: [6], layers: [.rearrangement(shape: [2], elements: [0, 6])])
    }
  }

  @Test func `the mean of steps`() throws {
    let x = numbers([2, 3, 2])
    let (y, _) = try output([.meanOfSteps()], of: x)
    for row in 0..<2 {
      for unit in 0..<2 {
        #expect(abs(y[row, unit] - (0..<3).reduce(0) { $0 + x[row, $1, unit] } / 3) < 1e-12)
      }
    }
  }

  @Test(arguments: [false, true])
  func `attention between projections is that of a naive loop`(isCausal: Bool) throws {
    let (steps, width, heads) = (4, 6, 2)
    let x = numbers([2, steps, 3 * width])
    let (y, _) = try output([.projectedAttention(heads: heads, isCausal: isCausal)], of: x)
    let d = width / heads
    for row in 0..<2 {
      for head in 0..<heads {
        for t in 0..<steps {
          let seen = isCausal ? t + 1 : steps
          func value(_ step: Int, _ part: Int, _ i: Int) -> Double {
            x[row, step, part * width + head * d + i]
          }
          let scores = (0..<seen).map { s in
            (0..<d).reduce(0.0) { $0 + value(t, 0, $1) * value(s, 1, $1) } / Double(d).squareRoot()
          }
          let largest = scores.max() ?? 0
          let weights = scores.map { exp($0 - largest) }
          for i in 0..<d {
            let sum = (0..<seen).reduce(0.0) { $0 + weights[$1] * value($1, 2, i) }
            #expect(abs(y[row, t, head * d + i] - sum / weights.reduce(0, +)) < 1e-10)
          }
        }
      }
    }
  }

  @Test func `layer normalisation with PyTorch's variance`() throws {
    let x = numbers([3, 5])
    let (y, _) = try output([.layerNorm("n", epsilon: 0.5, deviation: .biased)], of: x)
    for row in 0..<3 {
      let values = (0..<5).map { x[row, $0] }
      let mean = values.reduce(0, +) / 5
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 5
      for column in 0..<5 {
        let expected = (values[column] - mean) / (variance + 0.5).squareRoot()
        #expect(abs(y[row, column] - expected) < 1e-12)
      }
    }
  }

  @Test func `a site may be named by itself`() throws {
    let description = try NetworkDescription(
      input: [2],
      layers: [
        LayerDescription("", ActivationDescription(.relu), site: "first"),
        .residual("", [.linear("a", outputs: 2)]),
      ])
    #expect(description.outline.sites == ["first", "a", "residual"])
    #expect(throws: DescriptionError.self) {
      try NetworkDescription(
        input: [2],
        layers: [
          LayerDescription("", ActivationDescription(.relu), site: "a"), .linear("a", outputs: 2),
        ])
    }
  }
}
