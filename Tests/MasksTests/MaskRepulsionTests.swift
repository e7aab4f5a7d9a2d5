import Foundation
import NeuralNetworks
import Tensors
import Testing

@testable import Masks

@Suite struct MaskRepulsionTests {
  private func logits(
    _ name: String, _ shape: Shape, _ spread: GateSpread, _ values: [Double]
  ) -> MaskLogits<Double> {
    MaskLogits(
      of: GateGroup(name: name, shape: [values.count], members: [.init(name, spread)]),
      start: Tensor(values, shape: [values.count]), stage: "s", random: RandomSource(seed: 1))
  }

  /// λ σ′(l) / |R| on the gates that earlier masks keep, on top of what is there.
  @Test func `gradients by hand`() throws {
    let weights = logits("w", [3], .each, [0, 2, -1])
    let rows = logits("v", [2, 2], .along(axis: 0, of: [2, 2]), [1, 3])
    let kept = MaskSet([
      "w": BinaryMask(bits: [1, 0, 1], shape: [3]),
      "v": BinaryMask(bits: [0, 0, 0, 1], shape: [2, 2]),
    ])
    let repulsion = MaskRepulsion(
      from: kept, strength: 0.6, on: [weights, rows], by: GumbelSigmoid())
    func slope(_ l: Double) -> Double {
      let keep = 1 / (1 + exp(-l))
      return 0.6 / 3 * keep * (1 - keep)
    }
    for buffer in [weights, rows] { buffer.gradient?.clear() }
    repulsion.addGradient()
    let found = try [#require(weights.gradient), #require(rows.gradient)].map(\.tensor.scalars)
    let expected = [[slope(0), 0, slope(-1)], [0, slope(3)]]
    for (a, b) in zip(found, expected) {
      #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-15 })
    }
    repulsion.addGradient()
    #expect(abs(try #require(weights.gradient).tensor[flat: 0] - 2 * slope(0)) < 1e-15)
  }

  /// Scores of either sign are pressed towards 0, where they are the smallest.
  @Test func `magnitudes of scores fall`() throws {
    let scores = logits("w", [3], .each, [2, -2, 0.5])
    let kept = MaskSet(["w": BinaryMask(bits: [1, 1, 0], shape: [3])])
    scores.gradient?.clear()
    MaskRepulsion(from: kept, strength: 1, on: [scores], by: EdgePopup(kept: 0.5)).addGradient()
    let found = try #require(scores.gradient).tensor.scalars
    #expect(found[0] > 0 && found[1] == -found[0] && found[2] == 0)
  }

  /// Where all weights serve alike, masks that avoid each other keep different ones.
  @Test func `masks that avoid another one keep other weights`() {
    let network = SequentialNetwork<Float>(
      .feedForward(sizes: [12, 6, 3]), random: RandomSource(seed: 3))
    let inputs: Tensor<Float> = RandomSource(seed: 4).stream("x").uniform([16, 12])
    func train(_ stage: String, avoiding kept: MaskSet?) -> MaskSet {
      let trainer = MaskTrainer(
        masking: network.parameters.filter { $0.role == .weight }, stage: stage,
        settings: .init(learningRate: 0.1, beta: 0, batch: 16), unit: SingleWeights(),
        frozenGradients: FrozenGradients(network.parameters, startingFrom: [:]),
        random: RandomSource(seed: 5), avoiding: kept.map { ($0, 20) })
      for step in 0..<60 {
        _ = trainer.step(step) { calls in
          calls.graph.crossEntropy(
            logits: network.forward(calls.graph.constant(inputs), in: calls.pass()),
            classes: (0..<16).map { $0 % 3 })
        }
      }
      return trainer.masks
    }
    let first = MaskSet(
      network.parameters.filter { $0.role == .weight }.reduce(into: [:]) { masks, parameter in
        masks[parameter.name] = BinaryMask(
          bits: (0..<parameter.shape.count).map { UInt8($0 % 2) }, shape: parameter.shape)
      })
    let free = MaskOverlap(train("a", avoiding: nil), first)
    let apart = MaskOverlap(train("a", avoiding: first), first)
    #expect(Double(apart.intersection) < 0.5 * Double(free.intersection))
  }
}
