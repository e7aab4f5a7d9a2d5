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
  ///   - trainer: trains its masks.
  ///   - frozen: the trainer's accumulators for clipping.
  ///   - passesOn: whether another stage goes on with the accumulators, so that they are part of the
  ///     result.
  init(
    _ name: String, trainer: MaskTrainer<Float>, frozen: FrozenGradients<Float>, passesOn: Bool
  ) {
    self.name = name
    self.trainer = trainer
    self.frozen = frozen
    self.passesOn = passesOn
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
