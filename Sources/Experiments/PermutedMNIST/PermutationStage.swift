import Autograd
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// The training of weights and masks for one permutation as a resumable phase.
///
/// Its result carries the weights, with which the next permutation goes on.
final class PermutationStage: LearnedStage {
  /// The stage's name in tables and files.
  let name: String
  let trainer: JointTrainer<Float>
  var average = CurveAverage()

  init(_ name: String, trainer: JointTrainer<Float>) {
    self.name = name
    self.trainer = trainer
  }

  // MARK: Resumable

  func checkpoint() -> [String: StoredTensor] {
    var result: [String: StoredTensor] = [:]
    result.add(trainer.state)
    result.add(average.numbers + [Double(trainer.stepCount)], name: "progress")
    return result
  }

  func restore(_ tensors: [String: StoredTensor]) throws {
    let progress = try tensors.numbers("progress", count: 4)
    average.numbers = progress
    try fit { try trainer.restore(stepCount: Int(progress[3]), state: tensors.tensors()) }
  }

  func result() -> [String: StoredTensor] {
    var result: [String: StoredTensor] = [:]
    result.add(trainer.result)
    return result
  }

  func restoreResult(_ tensors: [String: StoredTensor]) throws {
    try fit { try trainer.restoreResult(tensors.tensors()) }
  }

  private func fit(_ restore: () throws -> Void) throws {
    do { try restore() } catch {
      throw Failure(.corrupt, "the checkpoint does not fit the network and its masks: \(error)")
    }
  }
}
