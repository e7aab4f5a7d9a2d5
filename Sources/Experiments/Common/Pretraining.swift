import Autograd
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// Trains all parameters of a network, perhaps with global-norm clipping, until it is frozen.
final class Pretraining: Resumable {
  private let parameters: [Parameter<Float>]
  private let buffers: [StateBuffer<Float>]
  private let trained: TrainableParameters<Float>
  private let optimizer: any Optimizer<Float>
  private let schedule: LearningRateSchedule
  private let clipping: GlobalNormClipping
  /// For every gradient 0 where the parameter stays as it is and 1 elsewhere; nil where all is trained.
  private let freedoms: [Tensor<Float>?]
  private let random: RandomSource
  private let graph = Graph<Float>()
  private var average = CurveAverage()
  /// That of the last step, whose gradients are kept as they were before clipping.
  private var clippingCoefficient = 1.0

  /// The gradient of the last step after clipping, by parameter name; see
  /// ``Masks/FrozenGradients``.
  private(set) var lastGradients: [String: Tensor<Float>] = [:]

  /// - Parameters:
  ///   - parameters: those of the network.
  ///   - buffers: what the network changes by itself in training, such as running statistics.
  ///   - settings: how it is trained.
  ///   - protected: keeps the weights that stay as they are; weight decay would change them.
  ///   - random: the run's randomness, for layers such as dropout.
  init(
    _ parameters: [Parameter<Float>], buffers: [StateBuffer<Float>] = [],
    settings: PretrainingSettings, protecting protected: MaskSet = MaskSet([:]),
    random: RandomSource
  ) {
    self.parameters = parameters
    self.buffers = buffers
    self.random = random
    freedoms = parameters.map { protected[$0.name]?.values(kept: 0, removed: 1) }
    trained = TrainableParameters(parameters)
    optimizer = settings.makeOptimizer(parameters)
    schedule = settings.schedule
    clipping = GlobalNormClipping(maximumNorm: settings.clip ?? .infinity)
  }

  /// Takes one step on a batch.
  func step(_ step: Int, loss: (ForwardPass<Float>) -> Value<Float>) -> StepReport {
    graph.reset()
    trained.clearGradients()
    let pass = ForwardPass(
      graph: graph, phase: .training, source: trained, random: random, step: step)
    let value = loss(pass)
    graph.backward(from: value)
    for (gradient, freedom) in zip(trained.gradients, freedoms) {
      if let freedom { gradient.multiply(by: freedom) }
    }
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
    var result = result()
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
    for buffer in buffers { result["buffer.\(buffer.name)"] = .float32(buffer.value) }
    return result
  }

  func restoreResult(_ tensors: [String: StoredTensor]) throws {
    for parameter in parameters {
      parameter.value = try tensors.tensor(parameter.name, shape: parameter.shape)
    }
    for buffer in buffers {
      buffer.value = try tensors.tensor("buffer.\(buffer.name)", shape: buffer.value.shape)
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
