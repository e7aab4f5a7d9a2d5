import Autograd
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// The training of one stage's masks as a resumable phase, with its training curve.
final class MaskStage: LearnedStage {
  /// The stage's name in tables and files.
  let name: String
  let trainer: MaskTrainer<Float>
  private let frozen: FrozenGradients<Float>
  private let passesOn: Bool
  var average = CurveAverage()

  /// - Parameters:
  ///   - name: the stage's name in tables and files.
  ///   - parameters: those that get masks.
  ///   - settings: how masks are trained.
  ///   - batch: that of pre-training.
  ///   - frozen: the accumulators for clipping.
  ///   - passesOn: whether another stage goes on with the accumulators, so that they are part of the
  ///     result.
  ///   - copied: logits of finished masks that this stage takes over and does not train.
  ///   - avoided: what earlier masks of the same task keep and these are pressed away from.
  ///   - random: the run's randomness.
  init(
    _ name: String, masking parameters: [Parameter<Float>], settings: MaskSettings, batch: Int,
    frozen: FrozenGradients<Float>, passesOn: Bool = true,
    copying copied: [String: Tensor<Float>] = [:], avoiding avoided: MaskSet? = nil,
    random: RandomSource
  ) {
    self.name = name
    self.frozen = frozen
    self.passesOn = passesOn
    trainer = MaskTrainer(
      masking: parameters, stage: name,
      settings: MaskTrainer.Settings(
        learningRate: settings.learningRate, beta: settings.beta, batch: batch,
        samples: settings.samples, startLogit: Double(settings.startLogit), clip: settings.clip,
        clipScope: settings.clipScope, dropsOut: settings.dropoutInTraining,
        outputGroups: settings.outputGroups, dropsDeadWeights: settings.compact),
      estimator: settings.estimator,
      frozenGradients: frozen,
      random: random, copying: copied,
      avoiding: avoided.map { ($0, ControlSettings.repulsion) })
  }

  // MARK: Resumable

  func checkpoint() -> [String: StoredTensor] {
    var result: [String: StoredTensor] = [:]
    result.add(trainer.state)
    result.add(accumulators, prefix: "accumulator.")
    result.add(average.numbers + [Double(trainer.stepCount)], name: "progress")
    return result
  }

  func restore(_ tensors: [String: StoredTensor]) throws {
    let progress = try tensors.numbers("progress", count: 4)
    average.numbers = progress
    try restoreAccumulators(tensors)
    do {
      try trainer.restore(stepCount: Int(progress[3]), state: tensors.tensors())
    } catch {
      throw Failure(.corrupt, "the checkpoint does not fit the masks: \(error)")
    }
  }

  func result() -> [String: StoredTensor] {
    var result: [String: StoredTensor] = [:]
    result.add(logits, prefix: "mask.logits.")
    if passesOn { result.add(accumulators, prefix: "accumulator.") }
    return result
  }

  func restoreResult(_ tensors: [String: StoredTensor]) throws {
    if passesOn { try restoreAccumulators(tensors) }
    do {
      try trainer.restoreLogits(from: tensors.tensors())
    } catch {
      throw Failure(.corrupt, "the checkpoint does not fit the masks: \(error)")
    }
  }

  /// Those that training depends on.
  private var accumulators: [String: Tensor<Float>] {
    trainer.settings.clipScope == .reference ? frozen.tensors : [:]
  }

  private func restoreAccumulators(_ tensors: [String: StoredTensor]) throws {
    for (name, current) in accumulators {
      frozen.tensors = [name: try tensors.tensor("accumulator.\(name)", shape: current.shape)]
    }
  }
}
