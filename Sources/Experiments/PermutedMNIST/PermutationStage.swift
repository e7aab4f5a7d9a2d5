import Autograd
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// The training of weights and masks for one permutation as a resumable phase.
///
/// Its result carries the weights, with which the next permutation goes on.
final class PermutationStage: Resumable {
  /// The stage's name in tables and files.
  let name: String
  private let trainer: JointTrainer<Float>
  private var curve = MaskCurve()

  init(_ name: String, trainer: JointTrainer<Float>) {
    self.name = name
    self.trainer = trainer
  }

  /// The logits by parameter name.
  var logits: [String: Tensor<Float>] { trainer.logitTensors }

  /// Takes one step.
  func step(_ step: Int, loss: (MaskedCalls<Float>) -> Value<Float>) -> StepReport {
    curve.add(trainer.step(step, loss: loss)) { [trainer] in trainer.offender }
  }

  /// Records means since the last row, and what the masks keep now, in the training curve.
  func record(step: Int, in context: RunContext) {
    curve.record(
      stage: name, step: step, meanKeepProbability: trainer.meanKeepProbability,
      keptFraction: trainer.keptFraction, in: context)
  }

  /// Whether the fraction of kept weights has settled, from the recorded training curve.
  func hasConverged(in context: RunContext) -> Bool {
    MaskCurve.hasConverged(stage: name, in: context)
  }

  // MARK: Resumable

  func checkpoint() -> [String: StoredTensor] {
    var result: [String: StoredTensor] = [:]
    result.add(trainer.state)
    result.add(curve.numbers + [Double(trainer.stepCount)], name: "progress")
    return result
  }

  func restore(_ tensors: [String: StoredTensor]) throws {
    let progress = try tensors.numbers("progress", count: 4)
    curve.numbers = progress
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
