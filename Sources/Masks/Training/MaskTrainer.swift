import Autograd
import NeuralNetworks
import Tensors

/// Learns binary masks for the weights of a frozen network: one stage, one objective.
///
/// Every masked weight has a logit l; each step draws K masks m ~ Bernoulli(σ(l)) per weight, one
/// for each contiguous K-th part of the batch, and descends
///
///     L(w ⊙ m) + (β / B) Σ l
///
/// with straight-through gradients and Adam. There is no bound on the logits: those of useless
/// weights fall steadily.
///
/// Order of a step: forward, backward, norm of the gradient with the regulariser's part β/B,
/// clipping, Adam.
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

    /// Hyper-parameters; the defaults are those of the papers.
    public init(
      learningRate: Double = 1e-2, beta: Double, batch: Int, samples: Int = 4,
      startLogit: Double = 2, clip: Double = 1, clipScope: ClipScope = .trainable
    ) {
      self.learningRate = learningRate
      self.beta = beta
      self.batch = batch
      self.samples = samples
      self.startLogit = startLogit
      self.clip = clip
      self.clipScope = clipScope
    }
  }

  /// What one step found.
  public struct Report: Sendable, Hashable {
    /// The task's loss, without the regulariser.
    public let loss: Double
    /// The gradient's norm before clipping, within the clip scope and with the regulariser's part.
    public let gradientNorm: Double
    /// The factor that clipping applied, at most 1.
    public let clippingCoefficient: Double
  }

  /// The hyper-parameters.
  public let settings: Settings
  /// The accumulators of the frozen network, with ``ClipScope/reference`` only.
  let frozenGradients: FrozenGradients<Scalar>?
  /// Of all masks.
  private let logits: [MaskLogits<Scalar>]
  /// Of the masks that are trained.
  private let trained: [MaskLogits<Scalar>]
  private let positions: [String: Int]
  private let optimizer: Adam<Scalar>
  private let clipping: GlobalNormClipping
  private let graph = Graph<Scalar>()

  /// Fresh masks for some parameters of a network.
  ///
  /// - Parameters:
  ///   - parameters: those that get masks, in the order of the network.
  ///   - stage: names the noise.
  ///   - settings: the hyper-parameters.
  ///   - frozenGradients: the accumulators; looked at with ``ClipScope/reference`` only.
  ///   - random: the run's randomness.
  ///   - copied: logits of finished masks, by parameter name. They are drawn from like the others, but
  ///     stay as they are and count for no norm.
  public init(
    masking parameters: [Parameter<Scalar>], stage: String, settings: Settings,
    frozenGradients: FrozenGradients<Scalar>, random: RandomSource,
    copying copied: [String: Tensor<Scalar>] = [:]
  ) {
    precondition(settings.samples > 0 && settings.batch > 0, "masks need samples and a batch")
    self.settings = settings
    self.frozenGradients = settings.clipScope == .reference ? frozenGradients : nil
    logits = parameters.map {
      let start = Tensor(repeating: Scalar(settings.startLogit), shape: $0.shape)
      return MaskLogits(for: $0, start: copied[$0.name] ?? start, stage: stage, random: random)
    }
    trained = logits.filter { copied[$0.parameter.name] == nil }
    positions = Dictionary(
      uniqueKeysWithValues: parameters.enumerated().map { ($1.name, $0) })
    optimizer = Adam(trained.map(\.parameter), learningRate: settings.learningRate)
    clipping = GlobalNormClipping(maximumNorm: settings.clip)
  }

  func logits(of name: String) -> MaskLogits<Scalar>? { positions[name].map { logits[$0] } }

  /// Takes one step; when loss or gradient are not finite, nothing is updated (see ``offender``).
  ///
  /// - Parameters:
  ///   - step: the step's number, from 0; it selects the noise.
  ///   - loss: computes the task's loss on a batch with the masks of the given passes.
  /// - Complexity: no new buffers after the first steps.
  public func step(_ step: Int, loss: (MaskedCalls<Scalar>) -> Value<Scalar>) -> Report {
    graph.reset()
    for logits in logits { logits.gradient.clear() }
    let value = loss(MaskedCalls(graph: graph, trainer: self, step: step))
    graph.backward(from: value)

    // The regulariser's gradient is a constant, which is added wherever the gradients are read.
    let pressure = settings.beta / Double(settings.batch)
    let squares = trained.reduce(0) { $0 + $1.gradient.sumOfSquares(offset: Scalar(pressure)) }
    let norm = (squares + (frozenGradients?.sumOfSquares ?? 0)).squareRoot()
    let measurement = clipping.measure(norm: norm)
    let report = Report(
      loss: Double(value.tensor.item), gradientNorm: norm,
      clippingCoefficient: measurement.coefficient)
    // An update would spoil everything that is still finite and hide what was first.
    guard report.loss.isFinite, norm.isFinite else { return report }
    if measurement.coefficient < 1 { frozenGradients?.scale(by: measurement.coefficient) }
    optimizer.step(
      gradients: trained.map(\.gradient), gradientOffset: pressure,
      gradientScale: measurement.coefficient)
    return report
  }

  // MARK: Results

  /// The logits by parameter name.
  public var logitTensors: [String: Tensor<Scalar>] {
    Dictionary(uniqueKeysWithValues: logits.map { ($0.parameter.name, $0.value) })
  }

  /// The share of the masked weights that the thresholded masks keep, 0…1.
  public var keptFraction: Double {
    mean { $0.withUnsafeBufferPointer { $0.reduce(0) { $1 > 0 ? $0 + 1 : $0 } } }
  }

  /// The mean keep probability σ(l), 0…1.
  public var meanKeepProbability: Double { mean { $0.sigmoid().sum() } }

  private func mean(_ total: (Tensor<Scalar>) -> Double) -> Double {
    let count = logits.reduce(0) { $0 + $1.value.count }
    return logits.reduce(0) { $0 + total($1.value) } / Double(max(count, 1))
  }

  /// Names the first tensor with a number that is not finite: logits before all gradients, which
  /// they spoil.
  public var offender: String? {
    if let first = logits.first(where: { !$0.value.isFinite }) {
      return "mask.logits.\(first.parameter.name)"
    }
    let spoilt = trained.first { !$0.gradient.isFinite }
    return spoilt.map { "mask.gradient.\($0.parameter.name)" }
  }

  // MARK: Checkpoints

  /// Steps taken so far.
  public var stepCount: Int { optimizer.stepCount }

  /// Logits (`mask.logits.…`) and optimiser state (`optimizer.adam.…`); the accumulators are the
  /// caller's.
  public var state: [String: Tensor<Scalar>] {
    var result: [String: Tensor<Scalar>] = [:]
    for (name, tensor) in optimizer.state { result["optimizer.\(name)"] = tensor }
    for (name, tensor) in logitTensors { result["mask.logits.\(name)"] = tensor }
    return result
  }

  /// Continues from a state.
  ///
  /// - Throws: ``OptimizerStateError`` when a tensor is missing or has another shape.
  public func restore(
    stepCount: Int, state: [String: Tensor<Scalar>]
  ) throws(OptimizerStateError) {
    try restoreLogits(from: state)
    var moments: [String: Tensor<Scalar>] = [:]
    for (name, tensor) in state where name.hasPrefix("optimizer.") {
      moments[String(name.dropFirst("optimizer.".count))] = tensor
    }
    try optimizer.restore(stepCount: stepCount, state: moments)
  }

  /// Takes over finished logits (`mask.logits.…`).
  public func restoreLogits(from state: [String: Tensor<Scalar>]) throws(OptimizerStateError) {
    for logits in logits {
      let name = "mask.logits.\(logits.parameter.name)"
      guard let tensor = state[name] else { throw .missing(name: name) }
      guard tensor.shape == logits.parameter.shape else {
        throw .shape(name: name, expected: logits.parameter.shape, found: tensor.shape)
      }
      logits.parameter.value = tensor
    }
  }
}
