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
  var average = CurveAverage()

  init(
    _ name: String, masking parameters: [Parameter<Float>], settings: MaskSettings, batch: Int,
    frozen: FrozenGradients<Float>, random: RandomSource
  ) {
    self.name = name
    self.frozen = frozen
    trainer = MaskTrainer(
      masking: parameters, stage: name,
      settings: MaskTrainer.Settings(
        learningRate: settings.learningRate, beta: settings.beta, batch: batch,
        samples: settings.samples, startLogit: Double(settings.startLogit), clip: settings.clip,
        clipScope: settings.clipScope), frozenGradients: frozen, random: random)
  }

  /// The thresholded masks.
  var masks: MaskSet { MaskSet(logits: logits) }

  // MARK: Resumable

  func checkpoint() -> [String: StoredTensor] {
    var result = result()
    result.add(trainer.state)
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
    if trainer.settings.clipScope == .reference {
      result.add(frozen.tensors, prefix: "accumulator.")
    }
    return result
  }

  func restoreResult(_ tensors: [String: StoredTensor]) throws {
    try restoreAccumulators(tensors)
    do {
      try trainer.restoreLogits(from: tensors.tensors())
    } catch {
      throw Failure(.corrupt, "the checkpoint does not fit the masks: \(error)")
    }
  }

  private func restoreAccumulators(_ tensors: [String: StoredTensor]) throws {
    guard trainer.settings.clipScope == .reference else { return }
    for (name, current) in frozen.tensors {
      frozen.tensors = [name: try tensors.tensor("accumulator.\(name)", shape: current.shape)]
    }
  }
}
