/// How the elements of masks, the gates, are drawn from logits while masks are trained, what presses them
/// towards removal, and which of them a finished mask keeps.
///
/// An estimator says it for one gate of logit l in double precision; what a gate acts on is said by a
/// ``MaskUnit``. With m the drawn gate, a training step descends
///
///     L(w ⊙ m) + (β / B) Σ n φ(l)
///
/// over all gates, where n is the number of weights that a gate acts on, so that β means the same for
/// every unit.
public protocol MaskEstimator: Sendable {
  /// Draws a gate.
  ///
  /// - Parameters:
  ///   - logit: l.
  ///   - word: 32 random bits; the same ones give the same gate. Estimators without noise ignore them.
  func sample(logit: Double, word: UInt32) -> GateSample

  /// φ(l), the penalty of a gate for each weight that it acts on.
  func penalty(logit: Double) -> Double

  /// dφ/dl.
  func penaltyGradient(logit: Double) -> Double

  /// The probability that a drawn gate is not 0, 0…1; of gates without noise their value.
  func keepProbability(logit: Double) -> Double

  /// The derivative of the keep probability by l.
  func keepProbabilityGradient(logit: Double) -> Double

  /// Whether the finished mask keeps what the gate acts on.
  func isKept(logit: Double) -> Bool

  /// The estimator at a step of training, counted from 0: what is drawn and pressed may change along
  /// with it. What the finished mask keeps may not.
  func at(step: Int) -> Self

  /// The estimator for the gates of one group, of which a threshold over all of them is found.
  ///
  /// - Parameter logits: those of the group; not asked for without such a threshold.
  func fitted(to logits: () -> [Double]) -> Self

  /// By what the gates of finished masks are ordered, surest to be kept last.
  func rank(logit: Double) -> Double

  /// The derivative of the rank by l.
  func rankGradient(logit: Double) -> Double

  /// What logits start from.
  var start: GateStart { get }

  /// Whether dφ/dl is the same for all logits, so that it need not be written to memory.
  var hasConstantPenaltyGradient: Bool { get }

  /// Whether the kernels of ``Tensors/MaskDraw`` draw what ``sample(logit:word:)`` says: true of
  /// ``GumbelSigmoid`` at temperature 1 alone.
  var isDrawnByKernels: Bool { get }
}

extension MaskEstimator {
  /// The same at all steps.
  public func at(step: Int) -> Self { self }

  /// That of the penalty, for estimators whose penalty is the keep probability.
  public func keepProbabilityGradient(logit: Double) -> Double { penaltyGradient(logit: logit) }

  /// Every gate stands for itself.
  public func fitted(to logits: () -> [Double]) -> Self { self }

  /// l.
  public func rank(logit: Double) -> Double { logit }

  /// 1.
  public func rankGradient(logit: Double) -> Double { 1 }

  /// The number of the settings.
  public var start: GateStart { .constant }

  /// It depends on the logit.
  public var hasConstantPenaltyGradient: Bool { false }

  /// Gates are drawn one by one.
  public var isDrawnByKernels: Bool { false }
}

/// One draw of a gate.
public struct GateSample: Sendable, Hashable {
  /// m, by which weights are multiplied.
  public let value: Double
  /// The differentiable number that stands for m in the backward pass: m itself, unless the gradient
  /// goes straight through a threshold.
  public let relaxed: Double
  /// The derivative of `relaxed` by the logit, used as dm/dl.
  public let slope: Double

  /// A draw.
  public init(value: Double, relaxed: Double, slope: Double) {
    self.value = value
    self.relaxed = relaxed
    self.slope = slope
  }
}
