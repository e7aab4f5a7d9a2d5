import ExperimentKit
import Masks

/// The rows that the training of one stage's masks leaves in the training curve.
struct MaskCurve {
  private var average = CurveAverage()

  /// Adds a step, and reports it to the loop.
  mutating func add(
    _ found: MaskTrainer<Float>.Report, offender: @escaping () -> String?
  ) -> StepReport {
    average.add(loss: found.loss, gradientNorm: found.gradientNorm)
    return StepReport(loss: found.loss, gradientNorm: found.gradientNorm, offender: offender)
  }

  /// Records means since the last row, and what the masks keep now.
  mutating func record(
    stage: String, step: Int, meanKeepProbability: Double, keptFraction: Double,
    in context: RunContext
  ) {
    let means = average.take()
    let keys = [stage, String(step)]
    context.record(.trainingCurve, keys, "loss", means.loss)
    context.record(.trainingCurve, keys, "grad_norm", means.gradientNorm)
    context.record(.trainingCurve, keys, "mean_keep_prob", meanKeepProbability)
    context.record(.trainingCurve, keys, "kept_frac", keptFraction)
  }

  /// Whether a stage's fraction of kept weights has settled, from the recorded rows.
  static func hasConverged(stage: String, in context: RunContext) -> Bool {
    var convergence = MaskConvergence()
    for row in context.records(of: .trainingCurve)
    where row.keys[0] == stage && row.metric == "kept_frac" {
      convergence.note(step: Int(row.keys[1]) ?? 0, keptFraction: row.value)
    }
    return convergence.hasConverged
  }

  /// The sums since the last row, for checkpoints.
  var numbers: [Double] {
    get { average.numbers }
    set { average.numbers = newValue }
  }
}
