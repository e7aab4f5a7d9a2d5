import Autograd
import ExperimentKit
import Masks
import Tensors

/// The training of one stage's masks, alone or together with the weights, as a resumable phase with
/// rows in the training curve.
protocol LearnedStage: Resumable {
  associatedtype Trainer: MaskLearner<Float>

  /// The stage's name in tables and files.
  var name: String { get }
  /// What trains.
  var trainer: Trainer { get }
  /// Since the last row of the training curve.
  var average: CurveAverage { get set }
}

extension LearnedStage {
  /// The logits by the name of their group of gates.
  var logits: [String: Tensor<Float>] { trainer.logitTensors }

  /// What has been learned.
  var finished: StageMasks {
    StageMasks(
      name: name, logits: logits, weightLogits: trainer.weightLogits, masks: trainer.masks,
      gates: trainer.keptGates, estimator: trainer.estimator)
  }

  /// Takes one step.
  func step(_ step: Int, loss: (MaskedCalls<Float>) -> Value<Float>) -> StepReport {
    let found = trainer.step(step, loss: loss)
    average.add(loss: found.loss, gradientNorm: found.gradientNorm)
    return StepReport(loss: found.loss, gradientNorm: found.gradientNorm) { [trainer] in
      trainer.offender
    }
  }

  /// Records means since the last row, and what the masks keep now, in the training curve.
  func record(step: Int, in context: RunContext) {
    let means = average.take()
    let keys = [name, String(step)]
    context.record(.trainingCurve, keys, "loss", means.loss)
    context.record(.trainingCurve, keys, "grad_norm", means.gradientNorm)
    context.record(.trainingCurve, keys, "mean_keep_prob", trainer.meanKeepProbability)
    context.record(.trainingCurve, keys, "kept_frac", trainer.keptFraction)
  }

  /// Whether the fraction of kept weights has settled, from the recorded training curve.
  func hasConverged(in context: RunContext) -> Bool {
    var convergence = MaskConvergence()
    for row in context.records(of: .trainingCurve)
    where row.keys[0] == name && row.metric == "kept_frac" {
      convergence.note(step: Int(row.keys[1]) ?? 0, keptFraction: row.value)
    }
    return convergence.hasConverged
  }
}
