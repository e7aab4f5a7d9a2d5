import Autograd
import Masks
import NeuralNetworks
import Tensors

/// A workload set up for one stage, ready to take steps.
final class Subject {
  private let takeStep: (Int) -> Void

  init(_ task: WorkloadTask, stage: BenchmarkStage, batch: Int, clipScope: ClipScope) {
    switch stage {
    case .weights: takeStep = Self.weightStep(task)
    case .mask: takeStep = Self.maskStep(task, batch: batch, clipScope: clipScope)
    }
  }

  func step(_ number: Int) { takeStep(number) }

  private static func weightStep(_ task: WorkloadTask) -> (Int) -> Void {
    let graph = Graph<Float>()
    let trained = TrainableParameters(task.parameters)
    let optimizer = Adam(task.parameters, learningRate: task.learningRate)
    let clipping = GlobalNormClipping(maximumNorm: task.clip)
    let random = RandomSource(seed: 0)
    return { step in
      graph.reset()
      trained.clearGradients()
      let pass = ForwardPass(
        graph: graph, phase: .training, source: trained, random: random, step: step)
      graph.backward(from: task.loss(step, graph) { _ in pass })
      let found = clipping.measure(trained.gradients)
      optimizer.step(trained, gradientScale: found.coefficient)
    }
  }

  private static func maskStep(
    _ task: WorkloadTask, batch: Int, clipScope: ClipScope
  ) -> (Int) -> Void {
    let trainer = MaskTrainer(
      masking: task.masked, stage: "bench",
      settings: .init(
        learningRate: task.maskLearningRate, beta: task.beta, batch: batch, samples: task.samples,
        clip: task.clip, clipScope: clipScope),
      frozenGradients: FrozenGradients(
        clipScope == .reference ? task.parameters : [], startingFrom: [:]),
      random: RandomSource(seed: 0))
    return { step in
      _ = trainer.step(step) { calls in task.loss(step, calls.graph) { calls.pass($0) } }
    }
  }
}
