import ExperimentKit
import Masks

extension Table {
  /// How far the masks of stages with tasks of their own specialise, and how far tasks use the same
  /// weights.
  public static let modularity = Table(
    "modularity",
    "Do different tasks have weights of their own (P_specialize), and do they use the same ones "
      + "(P_reuse)? See docs/method.md",
    keys: [
      .stage,
      Key("other", "another stage, whose task is judged; `mean` for the mean over all others"),
    ],
    metrics: [
      Metric(
        "specialize",
        "relative loss of accuracy on the other task under the stage's mask, minus that on its own"),
      Metric(
        "reuse", "relative loss of accuracy on the other task under the inverse of the stage's mask"
      ),
    ])
}

/// P_specialize and P_reuse, from the change of performance under masks.
///
/// With `a(t)` the accuracy of the network as it is on the task of stage t, and `a(m, t)` that under
/// masks m, the relative loss is `d(m, t) = 1 - a(m, t) / a(t)`. For the mask m of stage s and another
/// stage t, P_specialize is `d(m, t) - d(m, s)` and P_reuse is `d(inverse of m, t)`.
struct Modularity {
  /// The stages but the full task. Their names are also those of the sets that their tasks are judged
  /// on.
  private let stages: [String]

  /// - Parameter stages: all stages, the full task first.
  init(stages: [String]) { self.stages = Array(stages.dropFirst()) }

  /// Records the rows of a stage, from accuracies that are on record: of the network as it is, and
  /// under the stage's masks and their inverse.
  ///
  /// To be called after every evaluation: the one under inverted masks is the last that is needed.
  func record(stage: String, mode: MaskMode, in context: RunContext) {
    guard mode == .inverse, stages.contains(stage) else { return }
    var accuracies: [[String]: Double] = [:]
    for row in context.records(of: .accuracy) where row.metric == "accuracy" {
      accuracies[row.keys] = row.value
    }
    func accuracy(_ stage: String, _ mode: MaskMode, on task: String) -> Double {
      accuracies[[stage, mode.rawValue, task]] ?? .nan
    }
    func loss(_ mode: MaskMode, on task: String) -> Double {
      1 - accuracy(stage, mode, on: task) / accuracy(StepName.pretraining, .none, on: task)
    }
    let others = stages.filter { $0 != stage }
    let rows = others.map { other in
      (
        other: other, specialize: loss(.mask, on: other) - loss(.mask, on: stage),
        reuse: loss(.inverse, on: other)
      )
    }
    let count = Double(rows.count)
    let mean = (
      other: "mean", specialize: rows.reduce(0) { $0 + $1.specialize } / count,
      reuse: rows.reduce(0) { $0 + $1.reuse } / count
    )
    for row in rows + [mean] {
      context.record(.modularity, [stage, row.other], "specialize", row.specialize)
      context.record(.modularity, [stage, row.other], "reuse", row.reuse)
    }
  }
}
