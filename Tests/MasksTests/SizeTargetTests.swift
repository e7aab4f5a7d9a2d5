import Autograd
import Foundation
import Masks
import NeuralNetworks
import Tensors
import Testing

/// Masks that are pressed to a given size.
@Suite struct SizeTargetTests {
  private static let random = RandomSource(seed: 51)
  private let network = SequentialNetwork<Double>(.feedForward(sizes: [5, 6, 3]), random: random)
  private let inputs: Tensor<Double> = Self.random.stream("x").uniform([8, 5], in: -1...1)

  private func trainer(
    _ target: MaskTrainer<Double>.Settings.Target?, _ estimator: any MaskEstimator,
    _ unit: any MaskUnit = SingleWeights(), learningRate: Double = 1e-2,
    copying copied: [String: Tensor<Double>] = [:]
  ) -> MaskTrainer<Double> {
    MaskTrainer(
      masking: network.parameters, stage: "s",
      settings: .init(
        learningRate: learningRate, beta: target == nil ? 0 : 100, batch: 8, samples: 2,
        startLogit: 1, clip: 1e9, target: target),
      estimator: estimator, unit: unit,
      frozenGradients: FrozenGradients(network.parameters, startingFrom: [:]),
      random: Self.random, copying: copied)
  }

  private func loss(scale: Double) -> (MaskedCalls<Double>) -> Value<Double> {
    { calls in
      calls.graph.scale(
        calls.graph.crossEntropy(
          logits: network.forward(calls.graph.constant(inputs), in: calls.pass()),
          classes: [0, 1, 2, 0, 1, 2, 0, 1]), by: scale)
    }
  }

  /// Without a loss all logits move alike, so that three numbers tell everything.
  @Test(
    arguments: [
      GumbelSigmoid(), HardConcrete(), ContinuousSparsification(steps: 60),
    ] as [any MaskEstimator])
  func `logits and multipliers move as by hand`(_ estimator: any MaskEstimator) throws {
    let (steps, kept, rate) = (60, 0.2, 0.1)
    let trainer = trainer(.init(kept: kept, steps: steps), estimator, learningRate: rate)
    var (x, m, v) = ([1.0, 0, 0], [0.0, 0, 0], [0.0, 0, 0])  // l, λ₁, λ₂
    for step in 0..<steps {
      _ = trainer.step(step, loss: loss(scale: 0))
      let now = estimator.at(step: step)
      let target = (1 - kept) * min(1, Double(step) / 50)
      let distance = 1 - now.keepProbability(logit: x[0]) - target
      let h = 1e-6
      let slope =
        (now.keepProbability(logit: x[0] + h) - now.keepProbability(logit: x[0] - h)) / (2 * h)
      let gradients = [
        -(x[1] + 2 * x[2] * distance) * slope / 57, -distance, -distance * distance,
      ]
      for i in 0..<3 {
        m[i] = 0.9 * m[i] + 0.1 * gradients[i]
        v[i] = 0.999 * v[i] + 0.001 * gradients[i] * gradients[i]
        let t = Double(step + 1)
        x[i] -=
          rate * (m[i] / (1 - pow(0.9, t))) / ((v[i] / (1 - pow(0.999, t))).squareRoot() + 1e-8)
      }
      for (name, logits) in trainer.state where name.hasPrefix("mask.logits.") {
        #expect(logits.scalars.allSatisfy { abs($0 - x[0]) < 1e-4 })
      }
    }
    let multipliers = try #require(trainer.state["size-target.multipliers"])
    #expect(abs(multipliers[flat: 0] - x[1]) < 1e-4 && abs(multipliers[flat: 1] - x[2]) < 1e-4)
  }

  @Test(arguments: [0.1, 0.4]) func `sizes are reached`(kept: Double) throws {
    let trainer = trainer(
      .init(kept: kept, steps: 1500), HardConcrete(), learningRate: 0.03)
    for step in 0..<1500 { _ = trainer.step(step, loss: loss(scale: 1)) }
    // Four weights of 57: the multipliers swing around their values.
    #expect(abs(trainer.meanKeepProbability - kept) < 0.07)
    #expect(trainer.masks.keptCount == Int((57 * kept).rounded()))
    // The sign of finished logits says what is kept, and so it does where they are taken over.
    for (name, logits) in trainer.logitTensors {
      #expect(try #require(trainer.masks[name]).bits == logits.scalars.map { $0 > 0 ? 1 : 0 })
    }
    let heir = self.trainer(nil, HardConcrete(), copying: trainer.logitTensors)
    #expect(heir.masks == trainer.masks)
  }

  @Test func `larger units are kept as wholes`() throws {
    let rows = LayerOutputs(.output, of: network.outline)
    let trainer = trainer(.init(kept: 0.5, steps: 200), GumbelSigmoid(), rows, learningRate: 0.05)
    for step in 0..<200 { _ = trainer.step(step, loss: loss(scale: 1)) }
    let kept = trainer.masks.keptCount
    #expect(abs(kept - 28) <= 7, "rows have 6 and 7 weights")
    let gates = try #require(trainer.keptGates)
    #expect(
      kept == 6 * (try #require(gates["layers.0.weight"])).keptCount
        + 7 * (try #require(gates["layers.1.weight"])).keptCount)
  }

  /// Σ Π p of two units, against differences of the same by its definition.
  @Test func `two units share a size`() throws {
    let unit = ProductUnit(
      LayerOutputs(.output, of: network.outline), called: "row", and: SingleWeights())
    let trainer = trainer(.init(kept: 0.1, steps: 60), HardConcrete(), unit, learningRate: 0.1)
    // λ₁ is 0 in the first step, and rises with it.
    for step in 0..<2 { _ = trainer.step(step, loss: loss(scale: 0)) }
    let groups = unit.groups(for: network.outline)
    let logits = groups.reduce(into: [String: [Double]]()) { logits, group in
      logits[group.name] = trainer.state["mask.logits.\(group.name)"]?.scalars
    }
    func removed(_ logits: [String: [Double]]) -> Double {
      let kept = network.parameters.reduce(0.0) { sum, parameter in
        (0..<parameter.shape.count).reduce(sum) { sum, element in
          sum
            + groups.reduce(1.0) { product, group in
              group.members.filter { $0.parameter == parameter.name }.reduce(product) {
                let gate =
                  if case .table(let table) = $1.spread { Int(table[element]) } else { element }
                return $0 * HardConcrete().keepProbability(logit: logits[group.name]?[gate] ?? 0)
              }
            }
        }
      }
      return 1 - kept / 57
    }
    let distance = removed(logits) - 0.9 * 2 / 50
    let multipliers = try #require(trainer.state["size-target.multipliers"]).scalars
    let squares = logits.keys.reduce(0.0) { sum, name in
      (logits[name] ?? []).indices.reduce(sum) { sum, gate in
        let ends = [1e-5, -1e-5].map { change in
          var changed = logits
          changed[name]?[gate] += change
          return removed(changed)
        }
        let slope = (ends[0] - ends[1]) / 2e-5 * (multipliers[0] + 2 * multipliers[1] * distance)
        return sum + slope * slope
      }
    }
    let norm = trainer.step(2, loss: loss(scale: 0)).gradientNorm
    #expect(norm > 1e-6 && abs(norm - squares.squareRoot()) < 1e-7)
  }

  @Test func `a trainer continues from its state`() throws {
    let target = MaskTrainer<Double>.Settings.Target(kept: 0.3, steps: 20)
    let whole = trainer(target, GumbelSigmoid())
    for step in 0..<20 { _ = whole.step(step, loss: loss(scale: 1)) }
    let first = trainer(target, GumbelSigmoid())
    for step in 0..<9 { _ = first.step(step, loss: loss(scale: 1)) }
    let second = trainer(target, GumbelSigmoid())
    try second.restore(stepCount: 9, state: first.state)
    for step in 9..<20 { _ = second.step(step, loss: loss(scale: 1)) }
    #expect(second.state == whole.state)
    #expect(trainer(nil, GumbelSigmoid()).state.keys.allSatisfy { !$0.hasPrefix("size-target") })
  }
}
