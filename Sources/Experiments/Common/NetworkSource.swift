import Autograd
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// The values of a network's parameters at a time when it was not trained.
struct InitialWeights {
  /// By name.
  let tensors: [String: Tensor<Float>]

  /// Those that a network has now.
  init(_ network: some ParameterContainer<Float>) {
    tensors = network.parameters.reduce(into: [:]) { $0[$1.name] = $1.value }
  }
}

/// Where the network of a run comes from: it is trained, or taken from those that were trained
/// before.
struct NetworkSource<Network: ParameterContainer> where Network.Scalar == Float {
  /// What is trained.
  let network: Network
  /// What the network changes by itself in training.
  let buffers: [StateBuffer<Float>]
  /// How it is trained.
  let settings: PretrainingSettings
  /// Steps between the rows of the training curve.
  let logEvery: Int
  let context: RunContext
  /// The values that the parameters have before they are trained, if they are kept.
  let initial: InitialWeights?

  init(
    _ network: Network, buffers: [StateBuffer<Float>] = [], _ settings: PretrainingSettings,
    logEvery: Int, keepingInitial keepsInitial: Bool = false, _ context: RunContext
  ) {
    self.network = network
    self.buffers = buffers
    self.settings = settings
    self.logEvery = logEvery
    self.context = context
    initial = keepsInitial ? InitialWeights(network) : nil
  }

  /// Trains the network, or takes it from the cache.
  ///
  /// - Parameters:
  ///   - key: what the result depends on besides the seed; runs that agree in it share the network.
  ///   - count: the number of training examples.
  ///   - loss: the loss on the examples of the given indices.
  /// - Returns: the accumulators for clipping, which start from the last clipped gradient.
  @discardableResult
  func train(
    key: JSONValue, examples count: Int,
    loss: ([Int], ForwardPass<Float>) -> Value<Float>
  ) throws -> FrozenGradients<Float> {
    let training = Pretraining(
      network.parameters, buffers: buffers, settings: settings, random: context.random)
    let batches = BatchSampler(
      count: count, size: settings.batch, random: context.random("batches/pretrain"))
    try context.cachedLoop(
      phase: StepName.pretraining, key: key, steps: settings.steps, state: training
    ) { step in
      let batch = batches.indices(step: step)
      let report = training.step(step) { loss(batch, $0) }
      if (step + 1).isMultiple(of: logEvery) { training.record(step: step + 1, in: context) }
      return report
    }
    return FrozenGradients(network.parameters, startingFrom: training.lastGradients)
  }
}
