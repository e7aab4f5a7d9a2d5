import Autograd
import Tensors

/// Gradient checks of sampled gates and of weights under them, with relaxed samples in place of those
/// whose gradient goes straight through a threshold.
public enum MaskGradientChecks: GradientCheckSource {
  /// The operation's name.
  public static let operation = "SampledGates"

  /// Every estimator on single weights, and gates that act on several weights or on weights that have
  /// others already.
  public static func samples<Scalar>() -> [OperationSample<Scalar>] {
    // Magnitudes are not trained.
    let trained = MaskEstimatorKind.allCases.filter { $0 != .magnitude }
    let estimators = trained.flatMap { kind -> [OperationSample<Scalar>] in
      // A single number of hard concrete is often 0 or 1, where there is no slope to check.
      let single = kind == .hardConcrete ? 4 : 1
      let shapes: [(Shape, Int)] = [([3, 4], 4), ([1], single), ([2, 3, 2], 8), ([7], 3)]
      return [1, 0.5, 3].flatMap { temperature -> [OperationSample<Scalar>] in
        // What changes in the course of training as it is at its beginning, where it is smooth.
        let estimator = kind.estimator(temperature: temperature, steps: 100).at(step: 0)
        return shapes.map { shape, samples in
          sample(
            "\(kind.rawValue) at temperature \(temperature), \(samples) samples of \(shape)",
            of: shape, by: estimator, samples, [(shape, .each)])
        }
      }
    }
    return estimators + [
      sample("rows", of: [3, 4], by: GumbelSigmoid(), 4, [([3], .along(axis: 0, of: [3, 4]))]),
      sample(
        "columns and rows", of: [3, 2, 2], by: GumbelSigmoid(), 2,
        [([2], .along(axis: 1, of: [3, 2, 2])), ([3], .along(axis: 0, of: [3, 2, 2]))]),
    ]
  }

  /// Weights under gates of some shapes, one after the other.
  private static func sample<Scalar>(
    _ name: String, of shape: Shape, by estimator: any MaskEstimator, _ samples: Int,
    _ gates: [(shape: Shape, spread: GateSpread)]
  ) -> OperationSample<Scalar> {
    OperationSample(
      name, inputs: [.init(shape)] + gates.map { .init($0.shape, in: -3...3) }
    ) { graph, x in
      gates.enumerated().reduce(x[0]) { weights, gate in
        let drawn = graph.sampledGates(
          x[gate.offset + 1], by: RelaxedEstimator(estimator), samples: samples,
          noise: RandomSource(seed: 5).stream("gradient-check/\(gate.offset)").at(step: 1))
        return graph.gated(weights, by: drawn, gate.element.spread, shape: shape)
      }
    }
  }

  /// All checks; their inputs are the same at every call.
  public static var all: [GradientCheckCase] { GradientCheckCase.all(of: Self.self) }
}

/// Draws the relaxed numbers of another estimator, whose gradient is the true one: what gradient checks
/// differentiate.
public struct RelaxedEstimator: MaskEstimator {
  private let base: any MaskEstimator

  /// The relaxed form of an estimator.
  public init(_ base: any MaskEstimator) { self.base = base }

  /// The relaxed number as the value.
  public func sample(logit: Double, word: UInt32) -> GateSample {
    let draw = base.sample(logit: logit, word: word)
    return GateSample(value: draw.relaxed, relaxed: draw.relaxed, slope: draw.slope)
  }

  /// With the threshold of the other estimator.
  public func fitted(to logits: () -> [Double]) -> RelaxedEstimator {
    RelaxedEstimator(base.fitted(to: logits))
  }

  /// That of the other estimator.
  public func penalty(logit: Double) -> Double { base.penalty(logit: logit) }

  /// That of the other estimator.
  public func penaltyGradient(logit: Double) -> Double { base.penaltyGradient(logit: logit) }

  /// That of the other estimator.
  public func keepProbability(logit: Double) -> Double { base.keepProbability(logit: logit) }

  /// That of the other estimator.
  public func keepProbabilityGradient(logit: Double) -> Double {
    base.keepProbabilityGradient(logit: logit)
  }

  /// As the other estimator.
  public func isKept(logit: Double) -> Bool { base.isKept(logit: logit) }
}
