import Autograd
import NeuralNetworks
import Tensors

/// Trains the weights of a network together with their masks: one task in a sequence of tasks, of
/// which the earlier ones must not suffer.
///
/// Masks are drawn as by ``MaskTrainer``, with a gate for every single weight. Here the weights learn
/// too, except those that an earlier
/// task uses. With u = 1 for used weights and 0 for free ones, a step descends over w and l at once
///
///     L(w ⊙ m) + (β / B) Σ l
///
/// along
///
///     dw = (1 − u) ⊙ Σₖ G⁽ᵏ⁾ ⊙ m⁽ᵏ⁾
///     dl = w ⊙ Σₖ G⁽ᵏ⁾ ⊙ s⁽ᵏ⁾(1 − s⁽ᵏ⁾) + β / B
///     c = min(1, clip / (√(‖dw‖² + ‖dl‖²) + 10⁻⁶))
///     w, l ← Adam(c dw, c dl)
///
/// There is nothing frozen whose gradients could count besides, so ``ClipScope`` has no meaning
/// here: the norm is that of all that is trained. The logits of used weights are trained like all
/// others, so that the task may do without them.
///
/// An element whose gradients have always been zero does not move under Adam, so that used weights
/// keep their bits.
///
/// Reference: Csordás, van Steenkiste, Schmidhuber (ICLR 2021), transfer on permuted MNIST.
public final class JointTrainer<Scalar: TensorScalar> {
  /// The hyper-parameters, for weights and logits alike.
  public struct Settings: Sendable, Hashable {
    /// Learning rate of Adam.
    public var learningRate: Double
    /// β, the strength of the regulariser.
    public var beta: Double
    /// B, by which β is divided.
    public var batch: Int
    /// K, the number of masks drawn per batch.
    public var samples: Int
    /// The bound of the global L2 norm of the gradients of weights and logits together.
    public var clip: Double

    /// Hyper-parameters; the defaults are those of the papers.
    public init(
      learningRate: Double = 1e-2, beta: Double, batch: Int, samples: Int = 8, clip: Double = 1
    ) {
      self.learningRate = learningRate
      self.beta = beta
      self.batch = batch
      self.samples = samples
      self.clip = clip
    }
  }

  /// The hyper-parameters.
  public let settings: Settings
  private let weights: TrainableParameters<Scalar>
  private let logits: StageLogits<Scalar>
  /// 1 for free and 0 for used elements of each parameter; nil where all are free.
  private let free: [Tensor<Scalar>?]
  private let descent: ClippedDescent<Scalar>
  private let graph = Graph<Scalar>()

  /// A fresh Adam for parameters and their masks.
  ///
  /// - Parameters:
  ///   - parameters: all those of the network; each gets a mask.
  ///   - start: the value that each logit starts from, by parameter name.
  ///   - used: the elements that are not to change; all those of tensors without a mask may.
  ///   - stage: names the noise.
  ///   - settings: the hyper-parameters.
  ///   - estimator: how gates are drawn and pressed.
  ///   - random: the run's randomness.
  /// - Precondition: every parameter has start logits of its shape.
  public init(
    _ parameters: [Parameter<Scalar>], startingFrom start: [String: Tensor<Scalar>],
    keeping used: MaskSet, stage: String, settings: Settings,
    estimator: any MaskEstimator = GumbelSigmoid(), random: RandomSource
  ) {
    require(settings.batch > 0, "masks trained on batches of \(settings.batch)")
    self.settings = settings
    weights = TrainableParameters(parameters)
    logits = StageLogits(
      of: parameters.map(\.outline), unit: SingleWeights(), estimator: estimator,
      samples: settings.samples
    ) { group in
      guard let start = start[group.name] else { fatalError("no start logits for \(group.name)") }
      return MaskLogits(of: group, start: start, stage: stage, random: random)
    }
    free = parameters.map { used[$0.name]?.values(kept: 0, removed: 1) }
    descent = ClippedDescent(
      [
        .init(
          gradients: logits.gradients,
          optimizer: Adam(logits.parameters, learningRate: settings.learningRate),
          penalty: logits.penalty(beta: settings.beta, batch: settings.batch),
          prefix: "optimizer.logits."),
        .init(
          gradients: weights.gradients,
          optimizer: Adam(parameters, learningRate: settings.learningRate),
          penalty: nil, prefix: "optimizer.weights."),
      ], clip: settings.clip)
  }

  /// Takes one step; when loss or gradient are not finite, nothing is updated (see ``offender``).
  ///
  /// - Parameters:
  ///   - step: the step's number, from 0; it selects the noise.
  ///   - loss: computes the task's loss on a batch with the masks of the given passes.
  /// - Complexity: no new buffers after the first steps.
  public func step(_ step: Int, loss: (MaskedCalls<Scalar>) -> Value<Scalar>) -> MaskStepReport {
    graph.reset()
    weights.clearGradients()
    logits.clearGradients()
    let value = loss(MaskedCalls(graph: graph, logits: logits, weights: weights, step: step))
    graph.backward(from: value)
    for (gradient, free) in zip(weights.gradients, free) {
      if let free { gradient.multiply(by: free) }
    }
    return descent.step(step, loss: Double(value.tensor.item))
  }

  // MARK: Results

  /// The logits by parameter name.
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

  /// The share of the weights that the finished masks keep, 0…1.
  public var keptFraction: Double { logits.keptFraction }

  /// The mean keep probability, 0…1.
  public var meanKeepProbability: Double { logits.meanKeepProbability }

  /// Names the first tensor with a number that is not finite: weights and logits before all
  /// gradients, which they spoil.
  public var offender: String? {
    if let weight = weights.parameters.first(where: { !$0.value.isFinite }) { return weight.name }
    if let name = logits.spoiltLogits { return name }
    let spoilt = weights.parameters.first { weights.gradient(of: $0)?.isFinite == false }
    return spoilt.map { "gradient.\($0.name)" } ?? logits.spoiltGradient
  }

  // MARK: Checkpoints

  /// Steps taken so far.
  public var stepCount: Int { descent.stepCount }

  /// What remains of the training: weights (`weights.…`) and logits (`mask.logits.…`).
  public var result: [String: Tensor<Scalar>] {
    weights.parameters.reduce(into: logits.state) { $0["weights.\($1.name)"] = $1.value }
  }

  /// ``result`` and the states of the optimisers (`optimizer.weights.…`, `optimizer.logits.…`).
  public var state: [String: Tensor<Scalar>] {
    result.merging(descent.state) { own, _ in own }
  }

  /// Continues from a state.
  ///
  /// - Throws: ``OptimizerStateError`` when a tensor is missing or has another shape.
  public func restore(
    stepCount: Int, state: [String: Tensor<Scalar>]
  ) throws(OptimizerStateError) {
    try restoreResult(state)
    try descent.restore(stepCount: stepCount, state: state)
  }

  /// Takes over finished weights and logits.
  ///
  /// - Throws: ``OptimizerStateError`` when a tensor is missing or has another shape.
  public func restoreResult(_ state: [String: Tensor<Scalar>]) throws(OptimizerStateError) {
    for parameter in weights.parameters { try parameter.restore("weights.", from: state) }
    try logits.restore(from: state)
  }
}
