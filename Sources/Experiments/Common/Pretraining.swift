import Autograd
import ExperimentKit
import NeuralNetworks
import Store
import Tensors

/// Trains all parameters of a network with Adam and global-norm clipping, until it is frozen.
final class Pretraining: Resumable {
  private let parameters: [Parameter<Float>]
  private let trained: TrainableParameters<Float>
  private let optimizer: Adam<Float>
  private let schedule: LearningRateSchedule
  private let clipping: GlobalNormClipping
  private let random: RandomSource
  private let graph = Graph<Float>()
  private var average = CurveAverage()
  /// That of the last step, whose gradients are kept as they were before clipping.
  private var clippingCoefficient = 1.0

  /// The gradient of the last step after clipping, by parameter name; see
  /// ``Masks/FrozenGradients``.
  private(set) var lastGradients: [String: Tensor<Float>] = [:]

  /// - Parameter random: the run's randomness, for layers such as dropout.
  init(
    _ parameters: [Parameter<Float>], settings: PretrainingSettings, random: RandomSource
  ) {
    self.parameters = parameters
    self.random = random
    trained = TrainableParameters(parameters)
    optimizer = Adam(
      parameters, learningRate: settings.learningRate,
      configuration: .init(beta2: settings.beta2, epsilon: settings.epsilon))
    schedule = LearningRateSchedule.linearWarmUp(settings.learningRate, steps: settings.warmUp)
    clipping = GlobalNormClipping(maximumNorm: settings.clip)
  }

  /// Takes one step on a batch.
  func step(_ step: Int, loss: (ForwardPass<Float>) -> Value<Float>) -> StepReport {
    graph.reset()
    trained.clearGradients()
    let pass = ForwardPass(
      graph: graph, phase: .training, source: trained, random: random, step: step)
    let value = loss(pass)
    graph.backward(from: value)
    let found = clipping.measure(trained.gradients)
    let report = StepReport(loss: Double(value.tensor.item), gradientNorm: found.norm) { [self] in
      offender
    }
    // An update would spoil everything that is still finite and hide what was first.
    guard report.isFinite else { return report }
    optimizer.learningRate = schedule.rate(at: step)
    optimizer.step(trained, gradientScale: found.coefficient)
    clippingCoefficient = found.coefficient
    average.add(loss: report.loss, gradientNorm: found.norm)
    return report
  }

  /// Records means since the last row in the training curve.
  func record(step: Int, in context: RunContext) {
    let means = average.take()
    let keys = ["pretrained", String(step)]
    context.record(.trainingCurve, keys, "loss", means.loss)
    context.record(.trainingCurve, keys, "grad_norm", means.gradientNorm)
  }

  /// A parameter before all gradients: one that is not finite spoils those of the layers below it.
  private var offender: String? {
    if let parameter = parameters.first(where: { !$0.value.isFinite }) { return parameter.name }
    let spoilt = parameters.first { trained.gradient(of: $0)?.isFinite == false }
    return spoilt.map { "gradient.\($0.name)" }
  }

  // MARK: Resumable

  func checkpoint() -> [String: StoredTensor] {
    var result: [String: StoredTensor] = [:]
    result.add(weights)
    result.add(gradients, prefix: "gradient.")
    result.add(optimizer.state, prefix: "optimizer.")
    result.add(average.numbers + [Double(optimizer.stepCount)], name: "progress")
    return result
  }

  func restore(_ tensors: [String: StoredTensor]) throws {
    try restoreResult(tensors)
    let progress = try tensors.numbers("progress", count: 4)
    average.numbers = progress
    do {
      try optimizer.restore(
        stepCount: Int(progress[3]), state: tensors.tensors(prefix: "optimizer."))
    } catch {
      throw Failure(.corrupt, "the checkpoint does not fit the network: \(error)")
    }
  }

  func result() -> [String: StoredTensor] {
    var result: [String: StoredTensor] = [:]
    result.add(weights)
    result.add(gradients, prefix: "gradient.")
    return result
  }

  func restoreResult(_ tensors: [String: StoredTensor]) throws {
    for parameter in parameters {
      parameter.value = try tensors.tensor(parameter.name, shape: parameter.shape)
    }
    lastGradients = tensors.tensors(prefix: "gradient.")
  }

  private var weights: [String: Tensor<Float>] {
    Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.value) })
  }

  /// The clipped gradients of the last step.
  private var gradients: [String: Tensor<Float>] {
    Dictionary(
      uniqueKeysWithValues: zip(parameters, trained.gradients).map { parameter, gradient in
        (parameter.name, Float(clippingCoefficient) * gradient.tensor)
      })
  }
}
