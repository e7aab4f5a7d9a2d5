import Autograd
import ExperimentKit
import NeuralNetworks
import Store
import Tensors

/// Trains all parameters of a network with Adam, perhaps under penalties, perhaps while weights are
/// pruned.
final class StageTraining: Resumable {
  private let network: UnitNetwork<Float>
  private let trained: TrainableParameters<Float>
  private let optimizer: Adam<Float>
  private let settings: ClusterTrainingSettings
  private let pruning: MagnitudePruning?
  private let firstStep: Int
  private let random: RandomSource
  private let graph = Graph<Float>()

  /// - Parameters:
  ///   - network: what is trained, from where it stands.
  ///   - settings: how it is trained.
  ///   - pruning: what is pruned meanwhile; nil for nothing.
  ///   - firstStep: steps of the trainings before, so that dropout draws other numbers.
  ///   - random: the randomness of layers such as dropout.
  init(
    _ network: UnitNetwork<Float>, _ settings: ClusterTrainingSettings,
    pruning: MagnitudePruning? = nil, firstStep: Int = 0, random: RandomSource
  ) {
    self.network = network
    self.settings = settings
    self.pruning = pruning
    self.firstStep = firstStep
    self.random = random
    trained = TrainableParameters(network.parameters)
    optimizer = Adam(
      network.parameters, learningRate: settings.learningRate, configuration: .init(epsilon: 1e-7))
  }

  /// Takes one step on a batch.
  func step(_ step: Int, loss: (ForwardPass<Float>) -> Value<Float>) -> StepReport {
    pruning?.begin(step: step)
    graph.reset()
    trained.clearGradients()
    let pass = ForwardPass(
      graph: graph, phase: .training, source: trained, random: random,
      step: firstStep + step)
    let value = loss(pass)
    graph.backward(from: value)
    let report = StepReport(loss: Double(value.tensor.item)) { [self] in offender }
    guard report.isFinite else { return report }
    addPenalties()
    optimizer.step(trained)
    pruning?.end()
    return report
  }

  /// Adds the gradients of λ₁ Σ|w| and λ₂ Σ w² over all weights.
  private func addPenalties() {
    guard settings.l1 > 0 || settings.l2 > 0 else { return }
    let (first, second) = (Float(settings.l1), Float(2 * settings.l2))
    for parameter in network.parameters where parameter.role == .weight {
      var gradient = Tensor<Float>(uninitialized: parameter.shape)
      gradient.withUnsafeMutableBufferPointer { gradient in
        parameter.value.withUnsafeBufferPointer { weights in
          for place in weights.indices {
            let weight = weights[place]
            let sign: Float = weight > 0 ? 1 : weight < 0 ? -1 : 0
            gradient[place] = first * sign + second * weight
          }
        }
      }
      trained.gradient(of: parameter)?.add(gradient)
    }
  }

  /// A parameter before all gradients: one that is not finite spoils those of the layers below it.
  private var offender: String? {
    if let parameter = network.parameters.first(where: { !$0.value.isFinite }) {
      return parameter.name
    }
    return network.parameters.first { trained.gradient(of: $0)?.isFinite == false }
      .map { "gradient.\($0.name)" }
  }

  // MARK: Resumable

  func checkpoint() -> [String: StoredTensor] {
    var result: [String: StoredTensor] = [:]
    result.add(network.tensors, prefix: "network.")
    result.add(optimizer.state, prefix: "optimizer.")
    result.add([Double(optimizer.stepCount)], name: "progress")
    if let pruning { result.add(pruning.state, prefix: "pruning.") }
    return result
  }

  func restore(_ tensors: [String: StoredTensor]) throws {
    try restoreResult(tensors)
    let progress = try tensors.numbers("progress", count: 1)
    do {
      try optimizer.restore(
        stepCount: Int(progress[0]), state: tensors.tensors(prefix: "optimizer."))
      try pruning?.restore(tensors.tensors(prefix: "pruning."))
    } catch {
      throw Failure(.corrupt, "the checkpoint does not fit the network: \(error)")
    }
  }

  func result() -> [String: StoredTensor] {
    // The last update may have moved pruned weights.
    pruning?.apply()
    var result: [String: StoredTensor] = [:]
    result.add(network.tensors, prefix: "network.")
    return result
  }

  func restoreResult(_ tensors: [String: StoredTensor]) throws {
    do {
      try network.restore(tensors.tensors(prefix: "network."))
    } catch {
      throw Failure(.corrupt, "the checkpoint does not fit the network: \(error)")
    }
  }
}

extension UnitNetwork<Float> {
  /// Takes over parameters and buffers by name.
  ///
  /// - Throws: ``OptimizerStateError`` when one is missing or has another shape.
  func restore(_ tensors: [String: Tensor<Float>]) throws {
    let other = try UnitNetwork(units, tensors: tensors)
    for (parameter, found) in zip(parameters, other.parameters) { parameter.value = found.value }
    for (buffer, found) in zip(buffers, other.buffers) { buffer.value = found.value }
  }
}
