import Foundation
import Masks
import Tensors
import TestSupport
import Testing

/// Hard concrete and continuous sparsification against PyTorch, with derivatives by autograd.
@Suite struct EstimatorParityTests {
  private let golden: Golden
  private let logits: [Double]

  init() throws {
    golden = try Golden("estimators", in: .module)
    logits = try golden.tensor("logits", as: Double.self).scalars
  }

  private func numbers(_ name: String) throws -> [Double] {
    try golden.tensor(name, as: Double.self).scalars
  }

  @Test func hardConcreteAgrees() throws {
    let estimator = HardConcrete()
    let noise = try golden.integers("noise")
    let (gates, slopes) = try (
      numbers("hard_concrete/gate"), numbers("hard_concrete/derivative")
    )
    var kinds: Set<Double> = []
    for (index, value) in noise.enumerated() {
      let draw = estimator.sample(
        logit: logits[index / (noise.count / logits.count)], word: UInt32(value) << 8)
      #expect(abs(draw.value - gates[index]) < 1e-9)
      #expect(abs(draw.slope - slopes[index]) < 1e-8)
      kinds.insert(draw.value == 0 || draw.value == 1 ? draw.value : 0.5)
    }
    #expect(kinds == [0, 0.5, 1])
    let (penalties, derivatives, finals) = try (
      numbers("hard_concrete/penalty"), numbers("hard_concrete/penalty_derivative"),
      numbers("hard_concrete/final")
    )
    for (index, logit) in logits.enumerated() {
      #expect(abs(estimator.penalty(logit: logit) - penalties[index]) < 1e-12)
      #expect(abs(estimator.penaltyGradient(logit: logit) - derivatives[index]) < 1e-12)
      #expect(abs(estimator.finalValue(logit: logit) - finals[index]) < 1e-12)
    }
  }

  @Test func continuousSparsificationAgrees() throws {
    let (gates, slopes) = try (
      numbers("continuous_sparsification/gate"), numbers("continuous_sparsification/derivative")
    )
    let steps = gates.count / logits.count
    for step in 0..<steps {
      let estimator = ContinuousSparsification(steps: steps).at(step: step)
      for (index, logit) in logits.enumerated() {
        let draw = estimator.sample(logit: logit, word: 0)
        #expect(abs(draw.value - gates[step * logits.count + index]) < 1e-12)
        #expect(abs(draw.slope - slopes[step * logits.count + index]) < 1e-10)
        #expect(estimator.penalty(logit: logit) == draw.value)
        #expect(estimator.penaltyGradient(logit: logit) == draw.slope)
      }
    }
  }
}
