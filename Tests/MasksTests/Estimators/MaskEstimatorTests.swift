import Foundation
import Masks
import Tensors
import Testing

/// What every estimator must satisfy; a new one joins through its kind.
@Suite struct MaskEstimatorTests {
  /// The estimators of manifests at several temperatures, and the one of these tests.
  static let all: [any MaskEstimator] =
    MaskEstimatorKind.allCases.flatMap { kind in
      [(1.0, 0), (0.4, 10), (2.5, 20)].map { temperature, step in
        kind.estimator(temperature: temperature, steps: 100).at(step: step)
      }
    } + [StraightThroughSigmoid(), StraightThroughSigmoid().at(step: 5)]

  private let logits: [Double] = [-7, -2.3, -0.6, -0.01, 0.01, 0.4, 1.7, 6]
  private let noise = RandomSource(seed: 31).stream("estimators").at(step: 2)

  @Test(arguments: all.indices)
  func `slopes are the derivatives of what stands for the gate`(index: Int) {
    let estimator = Self.all[index]
    let h = 1e-5
    for (i, logit) in logits.enumerated() {
      for sample in 0..<8 {
        let word = noise.word(index: UInt64(i), sample: sample)
        func relaxed(_ l: Double) -> Double { estimator.sample(logit: l, word: word).relaxed }
        let numeric = (relaxed(logit + h) - relaxed(logit - h)) / (2 * h)
        #expect(abs(numeric - estimator.sample(logit: logit, word: word).slope) < 1e-9)
      }
    }
  }

  @Test(arguments: all.indices)
  func `the penalty's gradient is its derivative`(index: Int) {
    let estimator = Self.all[index]
    let h = 1e-5
    for logit in logits {
      let numeric =
        (estimator.penalty(logit: logit + h) - estimator.penalty(logit: logit - h)) / (2 * h)
      #expect(abs(numeric - estimator.penaltyGradient(logit: logit)) < 1e-9)
      if estimator.hasConstantPenaltyGradient {
        #expect(estimator.penaltyGradient(logit: logit) == estimator.penaltyGradient(logit: 0))
      }
    }
  }

  /// Over 40,000 draws the share has a standard deviation of at most 0.0025.
  @Test(arguments: all.indices)
  func `gates are drawn with their probability`(index: Int) {
    let estimator = Self.all[index]
    for (i, logit) in logits.enumerated() where abs(logit) > 0.1 {
      let isNoisy = !(estimator is ContinuousSparsification)
      let drawn = (0..<10_000).reduce(0.0) { sum, draw in
        (0..<4).reduce(sum) {
          let word = noise.word(index: UInt64(i * 10_000 + draw), sample: $1)
          let value = estimator.sample(logit: logit, word: word).value
          return $0 + (isNoisy ? (value != 0 ? 1 : 0) : value)
        }
      }
      #expect(abs(drawn / 40_000 - estimator.keepProbability(logit: logit)) < 0.012)
    }
  }

  @Test(arguments: all.indices)
  func `what is kept does not change with the step`(index: Int) {
    let estimator = Self.all[index]
    for logit in logits {
      #expect(estimator.isKept(logit: logit) == estimator.at(step: 100).isKept(logit: logit))
    }
  }

  // MARK: Hard concrete

  /// Published values: P(m ≠ 0) and the value without noise by logit, and three draws.
  @Test func `hard concrete at known logits`() {
    let estimator = HardConcrete()
    for (logit, keep, final) in [
      (0, 0.831822, 0.5), (-1, 0.645335, 0.222730), (1.609438, 0.961136, 0.9), (10, 0.999991, 1),
    ] {
      #expect(abs(estimator.keepProbability(logit: logit) - keep) < 1e-6)
      #expect(abs(estimator.finalValue(logit: logit) - final) < 1e-6)
    }
    #expect(
      estimator.finalValue(logit: -2.397896) == 0 && estimator.finalValue(logit: 2.397896) == 1)
    #expect(estimator.finalValue(logit: -2.3978) > 0 && estimator.finalValue(logit: 2.3978) < 1)
    for (u, logit, value) in [(0.3, 1.609438, 0.809922), (0.1, 0, 0), (0.9, 1, 1)] {
      let draw = estimator.sample(logit: logit, word: UInt32(u * 0x1p24) << 8)
      #expect(abs(draw.value - value) < 1e-5)
    }
    #expect([-1, 0, 1e-6].map(estimator.isKept) == [false, false, true])
  }

  // MARK: Continuous sparsification

  @Test func `gates become steps`() {
    let estimator = ContinuousSparsification(steps: 11)
    #expect(abs(estimator.at(step: 0).temperature - 1) < 1e-12)
    #expect(abs(estimator.at(step: 5).temperature - 200.0.squareRoot()) < 1e-9)
    #expect(estimator.at(step: 10).temperature == estimator.temperature)
    #expect(estimator.at(step: 99).temperature == 200)
    #expect(abs(estimator.sample(logit: 0.05, word: 7).value - (1 - 4.5398e-5)) < 1e-9)
    #expect(abs(estimator.sample(logit: -0.05, word: 8).value - 4.5398e-5) < 1e-9)
    #expect([-1e-9, 0, 1e-9].map(estimator.isKept) == [false, false, true])
  }

  // MARK: Gumbel-sigmoid

  @Test func `thresholds are at logit 0`() {
    #expect([-1, 0, 1e-6, 5].map(GumbelSigmoid().isKept) == [false, false, true, true])
  }

  /// Eq. 1 to 3: s = σ((l + log U − log (1 − U)) / τ), m = [s > ½], dm/dl = s (1 − s) / τ.
  @Test(arguments: [0.25, 1, 4])
  func `temperature changes the slope and nothing else`(temperature: Double) {
    let (estimator, plain) = (GumbelSigmoid(temperature: temperature), GumbelSigmoid())
    for (i, logit) in logits.enumerated() {
      for sample in 0..<16 {
        let word = noise.word(index: UInt64(i), sample: sample)
        let u = (Double(word >> 8) + 0.5) * 0x1p-24
        let s = 1 / (1 + exp(-(logit + log(u) - log(1 - u)) / temperature))
        let draw = estimator.sample(logit: logit, word: word)
        #expect(draw.value == plain.sample(logit: logit, word: word).value)
        #expect(draw.value == (s > 0.5 ? 1 : 0))
        #expect(abs(draw.relaxed - s) < 1e-12)
        #expect(abs(draw.slope - s * (1 - s) / temperature) < 1e-12)
      }
      #expect(estimator.keepProbability(logit: logit) == plain.keepProbability(logit: logit))
      #expect(estimator.isKept(logit: logit) == plain.isKept(logit: logit))
    }
  }

  /// Far out, where exponentials of the quotient overflow.
  @Test func `low temperatures give finite slopes`() {
    for logit in [-80.0, -1, 1, 80] {
      let draw = GumbelSigmoid(temperature: 1e-3).sample(logit: logit, word: 0x1234_5600)
      #expect(draw.slope.isFinite && draw.relaxed.isFinite)
    }
  }
}
