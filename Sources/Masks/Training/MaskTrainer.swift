import Autograd
import NeuralNetworks
import Tensors

/// Learns binary masks for the weights of a frozen network: one stage, one objective.
///
/// Every gate has a logit l; each step draws K masks m, one for each contiguous K-th part of the
/// batch, and descends
///
///     L(w ⊙ m) + (β / B) Σ n φ(l)
///
/// with Adam. How gates are drawn, and the penalty φ, are said by a ``MaskEstimator``; on how many
/// weights n a gate acts is said by a ``MaskUnit``. In the papers every weight has a gate (n = 1),
/// m ~ Bernoulli(σ(l)) with a straight-through gradient, and φ(l) = l: there is no bound on the logits,
/// and those of useless weights fall steadily.
///
/// Order of a step: forward, backward, gradient of the penalty, norm, clipping, Adam.
///
/// Reference: Csordás, van Steenkiste, Schmidhuber: Are neural nets modular? Inspecting functional
/// modularity through differentiable weight masks (ICLR 2021), section 2.
public final class MaskTrainer<Scalar: TensorScalar> {
  /// The hyper-parameters of mask training.
  public struct Settings: Sendable, Hashable {
    /// Learning rate of Adam on the logits.
    public var learningRate: Double
    /// β, the strength of the regulariser.
    public var beta: Double
    /// B, by which β is divided: the batch size of pre-training.
    public var batch: Int
    /// K, the number of masks drawn per batch.
    public var samples: Int
    /// The value all logits start from.
    public var startLogit: Double
    /// The bound of the gradient's global L2 norm.
    public var clip: Double
    /// Which gradients the norm counts.
    public var clipScope: ClipScope
    /// Whether dropout acts while masks are trained.
    public var dropsOut: Bool
    /// Which states each sample of the output layer serves in recurrent networks.
    public var outputGroups: OutputGroups
    /// The size of the masks, which takes the place of β; nil for none.
    public var target: Target?
    /// What masks are trained for.
    public var objective: MaskObjective
    /// Whether rows and columns of weights leave the products when no mask can keep anything of them any
    /// more.
    public var dropsDeadWeights: Bool

    /// The size that masks are pressed to.
    public struct Target: Sendable, Hashable {
      /// The share of the weights that is kept in the end, 0…1.
      public var kept: Double
      /// The number of steps of the whole training.
      public var steps: Int

      /// A size.
      public init(kept: Double, steps: Int) {
        self.kept = kept
        self.steps = steps
      }
    }

    /// Hyper-parameters; the defaults are those of the papers' text.
    public init(
      learningRate: Double = 1e-2, beta: Double, batch: Int, samples: Int = 4,
      startLogit: Double = 2, clip: Double = 1, clipScope: ClipScope = .trainable,
      dropsOut: Bool = false, outputGroups: OutputGroups = .elements,
      target: Target? = nil, objective: MaskObjective = .task, dropsDeadWeights: Bool = true
    ) {
      self.learningRate = learningRate
      self.beta = beta
      self.batch = batch
      self.samples = samples
      self.startLogit = startLogit
      self.clip = clip
      self.clipScope = clipScope
      self.dropsOut = dropsOut
      self.outputGroups = outputGroups
      self.target = target
      self.objective = objective
      self.dropsDeadWeights = dropsDeadWeights
    }
  }

  /// The hyper-parameters.
  public let settings: Settings
  /// The accumulators of the frozen network, with ``ClipScope/reference`` only.
  private let frozenGradients: FrozenGradients<Scalar>?
  /// The logits; those that have left may be behind.
  private let stage: StageLogits<Scalar>
  /// Logits that have left; nil where they are trained like the others.
  private let settled: SettledLogits<Scalar>?
  private var descent: ClippedDescent<Scalar>
  private let repulsion: MaskRepulsion<Scalar>?
  private let sizeTarget: SizeTarget<Scalar>?
  private let dropout: RandomSource?
  private let graph = Graph<Scalar>()

  /// Fresh masks for some parameters of a network.
  ///
  /// - Parameters:
  ///   - parameters: those that get masks, in the order of the network.
  ///   - stage: names the noise.
  ///   - settings: the hyper-parameters.
  ///   - estimator: how gates are drawn and pressed.
  ///   - unit: what a gate acts on.
  ///   - frozenGradients: the accumulators; looked at with ``ClipScope/reference`` only.
  ///   - random: the run's randomness.
  ///   - copied: logits of finished masks, by the name of their group. They are drawn from like the
  ///     others, but stay as they are and count for no norm.
  ///   - avoided: what earlier masks of the same task keep and these are pressed away from, with the
  ///     strength λ of λ Σ σ(l) / |R| over the gates R that act on it.
  public init(
    masking parameters: [Parameter<Scalar>], stage: String, settings: Settings,
    estimator: any MaskEstimator = GumbelSigmoid(), unit: any MaskUnit = SingleWeights(),
    frozenGradients: FrozenGradients<Scalar>, random: RandomSource,
    copying copied: [String: Tensor<Scalar>] = [:],
    avoiding avoided: (kept: MaskSet, strength: Double)? = nil
  ) {
    require(settings.batch > 0, "masks trained on batches of \(settings.batch)")
    self.settings = settings
    self.frozenGradients = settings.clipScope == .reference ? frozenGradients : nil
    dropout = settings.dropsOut ? random.source("mask-dropout/\(stage)") : nil
    let logits = StageLogits<Scalar>(
      of: parameters.map(\.outline), unit: unit, estimator: estimator,
      samples: settings.samples, kept: settings.target?.kept
    ) { group in
      let start = estimator.start.logits(
        of: group, constant: settings.startLogit, parameters: parameters,
        random: random.stream("mask-start/\(stage)/\(group.name)"))
      let copy = copied[group.name]
      return MaskLogits(
        of: group, start: copy ?? start, isTrained: copy == nil,
        dropsDeadWeights: settings.dropsDeadWeights, stage: stage, random: random)
    }
    self.stage = logits
    repulsion = avoided.map { logits.repulsion(from: $0.kept, strength: $0.strength) }
    sizeTarget = settings.target.map { target in
      logits.sizeTarget(
        kept: target.kept, steps: target.steps, learningRate: settings.learningRate)
    }
    let isSteady =
      settings.target == nil && avoided == nil
      && logits.penalty(beta: settings.beta, batch: settings.batch).isConstant
    settled = settings.dropsDeadWeights && isSteady ? logits.settled() : nil
    self.frozenGradients?.divide(by: [:])
    descent = Self.descent(settings, logits, settled, self.frozenGradients)
  }

  private static func descent(
    _ settings: Settings, _ logits: StageLogits<Scalar>, _ settled: SettledLogits<Scalar>?,
    _ frozen: FrozenGradients<Scalar>?
  ) -> ClippedDescent<Scalar> {
    ClippedDescent(
      [
        .init(
          gradients: logits.gradients,
          optimizer: Adam(logits.parameters, learningRate: settings.learningRate),
          penalty: settings.target == nil
            ? logits.penalty(beta: settings.beta, batch: settings.batch) : nil,
          prefix: "optimizer.", settled: settled)
      ], frozen: frozen, clip: settings.clip)
  }

  /// Takes one step; when loss or gradient are not finite, nothing is updated (see ``offender``).
  ///
  /// - Parameters:
  ///   - step: the step's number, from 0; it selects the noise.
  ///   - loss: computes the task's loss on a batch with the masks of the given passes.
  /// - Complexity: no new buffers after the first steps.
  public func step(_ step: Int, loss: (MaskedCalls<Scalar>) -> Value<Scalar>) -> MaskStepReport {
    graph.reset()
    dropDeadWeights(step: step)
    stage.clearGradients()
    let weights: any ParameterSource<Scalar> = frozenGradients ?? FrozenParameters()
    let matching = settings.objective == .match ? outputs(step, loss) : nil
    let value = loss(
      MaskedCalls(
        graph: graph, logits: stage, weights: weights, step: step, dropout: dropout,
        outputGroups: settings.outputGroups, matching: matching))
    graph.backward(from: value)
    repulsion?.addGradient()
    sizeTarget?.addGradient(step: step)
    let report = descent.step(step, loss: Double(value.tensor.item))
    if report.isFinite { sizeTarget?.ascend() }
    return report
  }

  /// Looks which rows and columns leave the products, at some of the steps.
  private func dropDeadWeights(step: Int) {
    guard step.isMultiple(of: LiveWeights<Scalar>.interval),
      let blocks = logits.remainingBlocks()
    else { return }
    let (count, moments) = (descent.stepCount, wholeMoments)
    stage.goOn(with: blocks)
    do {
      try goOn(stepCount: count, moments: moments)
    } catch {
      fatalError("moments of other logits: \(error)")
    }
  }

  /// The optimiser's state with the moments of all logits.
  private var wholeMoments: [String: Tensor<Scalar>] {
    settled?.whole(descent.state) ?? descent.state
  }

  /// Goes on with the blocks of the logits.
  private func goOn(
    stepCount: Int, moments: [String: Tensor<Scalar>]
  ) throws(OptimizerStateError) {
    frozenGradients?.divide(by: stage.divided)
    descent = Self.descent(settings, stage, settled, frozenGradients)
    try descent.restore(stepCount: stepCount, state: settled?.divide(moments) ?? moments)
  }

  /// The outputs without masks.
  private func outputs(
    _ step: Int, _ loss: (MaskedCalls<Scalar>) -> Value<Scalar>
  ) -> OutputMatching<Scalar> {
    let outputs = OutputMatching<Scalar>()
    _ = loss(
      MaskedCalls(
        graph: Graph(), samples: settings.samples, step: step,
        outputGroups: settings.outputGroups, matching: outputs))
    outputs.beginComparing()
    return outputs
  }

  // MARK: Results

  /// The logits as they are after the last step.
  private var logits: StageLogits<Scalar> {
    settled?.catchUp()
    return stage
  }

  /// The logits by the name of their group, which is that of the parameter when every weight has a
  /// gate.
  public var logitTensors: [String: Tensor<Scalar>] { logits.tensors }

  /// The finished masks.
  public var masks: MaskSet { logits.masks }

  /// The gates that the finished masks keep, by group; nil when every weight has a gate of its own.
  public var keptGates: MaskSet? { logits.keptGroups }

  /// For every weight the smallest rank of the gates that act on it, by parameter name: what masks of other
  /// sizes are made by.
  public var weightLogits: [String: Tensor<Scalar>] { logits.weightLogits }

  /// How gates are drawn and pressed.
  public var estimator: any MaskEstimator { logits.estimator }

  /// The share of the masked weights that the finished masks keep, 0…1.
  public var keptFraction: Double { logits.keptFraction }

  /// The mean keep probability of the masked weights, 0…1.
  public var meanKeepProbability: Double { logits.meanKeepProbability }

  /// Names the first tensor with a number that is not finite: logits before all gradients, which
  /// they spoil.
  public var offender: String? { logits.spoiltLogits ?? logits.spoiltGradient }

  // MARK: Checkpoints

  /// Steps taken so far.
  public var stepCount: Int { descent.stepCount }

  /// Logits (`mask.logits.…`), the rows and columns that are left of weights (`mask.live.…`), and the
  /// optimiser's state (`optimizer.adam.…`); the accumulators are the caller's.
  public var state: [String: Tensor<Scalar>] {
    logits.state.merging(wholeMoments) { own, _ in own }
      .merging(sizeTarget?.state ?? [:]) { own, _ in own }
  }

  /// Continues from a state.
  ///
  /// - Throws: ``OptimizerStateError`` when a tensor is missing or has another shape.
  public func restore(
    stepCount: Int, state: [String: Tensor<Scalar>]
  ) throws(OptimizerStateError) {
    try restoreLogits(from: state)
    try goOn(stepCount: stepCount, moments: state)
    try sizeTarget?.restore(stepCount: stepCount, state: state)
  }

  /// Takes over finished logits (`mask.logits.…`).
  public func restoreLogits(from state: [String: Tensor<Scalar>]) throws(OptimizerStateError) {
    try stage.restore(from: state)
  }
}
