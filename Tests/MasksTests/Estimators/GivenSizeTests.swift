import Autograd
import Masks
import NeuralNetworks
import Tensors
import Testing

/// Estimators of which the size of the masks is given.
@Suite struct GivenSizeTests {
  private static let random = RandomSource(seed: 41)
  private let scores: [Double] = [0.3, -0.9, 0.1, -0.2, 0.7, 0.4, -0.05, 0.6]

  private func kept(_ estimator: any MaskEstimator) -> [Int] {
    let fitted = estimator.fitted { scores }
    return scores.indices.filter { fitted.isKept(logit: scores[$0]) }
  }

  @Test(
    arguments: [(0, []), (0.25, [1, 4]), (0.5, [1, 4, 5, 7]), (1, Array(0..<8))]
      as [(Double, [Int])])
  func `the largest scores of a layer are kept`(share: Double, expected: [Int]) {
    for estimator in [EdgePopup(kept: share), Magnitude(kept: share)] as [any MaskEstimator] {
      #expect(kept(estimator) == expected)
      let fitted = estimator.fitted { scores }
      for score in scores {
        let drawn = fitted.sample(logit: score, word: 7)
        #expect(drawn.value == (fitted.isKept(logit: score) ? 1 : 0))
        #expect(drawn.value == fitted.keepProbability(logit: score))
      }
    }
  }

  /// The published code thresholds |s|, and its gradient goes through the threshold and the magnitude.
  @Test func `all scores have a gradient`() {
    let fitted = EdgePopup(kept: 0.25).fitted { scores }
    for score in scores {
      #expect(fitted.sample(logit: score, word: 0).slope == (score < 0 ? -1 : 1))
      #expect(fitted.rankGradient(logit: score) == (score < 0 ? -1 : 1))
      #expect(fitted.penaltyGradient(logit: score) == 0)
      #expect(Magnitude(kept: 0.25).sample(logit: score, word: 0).slope == 0)
    }
    #expect(fitted.rank(logit: -0.9) > fitted.rank(logit: 0.7))
  }

  private func trainer(
    _ network: SequentialNetwork<Float>, _ estimator: any MaskEstimator,
    _ unit: any MaskUnit = SingleWeights(), stage: String = "s"
  ) -> MaskTrainer<Float> {
    MaskTrainer(
      masking: network.parameters, stage: stage, settings: .init(beta: 1, batch: 8, samples: 2),
      estimator: estimator, unit: unit,
      frozenGradients: FrozenGradients(network.parameters, startingFrom: [:]), random: Self.random)
  }

  private func train(_ trainer: MaskTrainer<Float>, _ network: SequentialNetwork<Float>) {
    let x: Tensor<Float> = Self.random.stream("x").uniform([8, 5], in: -1...1)
    for step in 0..<30 {
      _ = trainer.step(step) { calls in
        calls.graph.crossEntropy(
          logits: network.forward(calls.graph.constant(x), in: calls.pass()),
          classes: [0, 1, 2, 0, 1, 2, 0, 1])
      }
    }
  }

  @Test func `scores are learned and the size stays`() throws {
    let network = SequentialNetwork<Float>(.feedForward(sizes: [5, 6, 3]), random: Self.random)
    let trainer = trainer(network, EdgePopup(kept: 0.5))
    let start = trainer.logitTensors
    for (name, inputs) in [("layers.0.weight", 5.0), ("layers.1.weight", 6)] {
      let bound = Float(1 / inputs.squareRoot())
      let scores = try #require(start[name]).scalars
      #expect(scores.allSatisfy { abs($0) <= bound } && scores.contains { $0 < 0 })
    }
    #expect(self.trainer(network, EdgePopup(kept: 0.5), stage: "t").logitTensors != start)
    train(trainer, network)
    #expect(trainer.logitTensors != start && trainer.offender == nil)
    #expect(try #require(trainer.masks["layers.0.weight"]).keptCount == 15)
    #expect(try #require(trainer.masks["layers.1.weight"]).keptCount == 9)
  }

  @Test func `magnitudes are those of the weights, and stay`() throws {
    let network = SequentialNetwork<Float>(.feedForward(sizes: [5, 6, 3]), random: Self.random)
    let weight = try #require(network.parameter(named: "layers.0.weight")).value
    let single = trainer(network, Magnitude(kept: 0.5))
    #expect(try #require(single.logitTensors["layers.0.weight"]).scalars == weight.scalars.map(abs))
    let start = single.logitTensors
    train(single, network)
    #expect(single.logitTensors == start)
    let mask = try #require(single.masks["layers.0.weight"])
    let order = weight.scalars.indices.sorted { abs(weight.scalars[$0]) > abs(weight.scalars[$1]) }
    #expect(order.prefix(15).allSatisfy { mask.bits[$0] == 1 } && mask.keptCount == 15)
    // Rows by their mean, with the bias among their weights.
    let rows = trainer(network, Magnitude(kept: 0.5), LayerOutputs(.output, of: network.outline))
    let bias = try #require(network.parameter(named: "layers.0.bias")).value
    let means = try #require(rows.logitTensors["layers.0.weight"])
    for row in 0..<6 {
      let sum = (0..<5).reduce(abs(bias[row])) { $0 + abs(weight[row, $1]) }
      #expect(abs(means[row] - sum / 6) < 1e-6)
    }
    #expect(try #require(rows.keptGates?["layers.0.weight"]).keptCount == 3)
  }
}
