import ExperimentKit
import Masks

/// Which classes a network takes the examples of every class for.
struct ClassConfusion {
  /// Names of the classes, by label.
  let classNames: [String]
  /// Examples by true class, then by predicted class.
  private var counts: [[Int]]

  init(classNames: [String]) {
    self.classNames = classNames
    let row = [Int](repeating: 0, count: classNames.count)
    counts = Array(repeating: row, count: classNames.count)
  }

  /// The counts that an evaluation has recorded.
  init(recordedIn context: RunContext, classNames: [String], stage: String, mode: MaskMode) {
    self.init(classNames: classNames)
    for row in context.records(of: .confusion)
    where row.metric == "count" && row.keys[0] == stage && row.keys[1] == mode.rawValue {
      guard let truth = classNames.firstIndex(of: row.keys[2]),
        let predicted = classNames.firstIndex(of: row.keys[3])
      else { continue }
      counts[truth][predicted] = Int(row.value)
    }
  }

  /// Counts a prediction.
  mutating func add(true truth: Int, predicted: Int) { counts[truth][predicted] += 1 }

  /// Number of examples.
  var examples: Int { counts.reduce(0) { $0 + $1.reduce(0, +) } }

  /// Number of right predictions.
  var right: Int { counts.indices.reduce(0) { $0 + counts[$1][$1] } }

  /// The share of a class's examples that are taken for a class, 0…1; `NaN` without examples.
  func rate(true truth: Int, predicted: Int) -> Double {
    Double(counts[truth][predicted]) / Double(counts[truth].reduce(0, +))
  }

  /// The share of a class's examples that are recognised.
  private func rate(_ label: Int) -> Double { rate(true: label, predicted: label) }

  // MARK: Against another matrix

  /// How the rate of right predictions of a class falls, relative to what it was: (N₀ − N) / N₀; 1 when
  /// nothing is recognised any more, below 0 when more is than before. `NaN` when nothing was
  /// recognised before.
  func relativeDrop(of label: Int, from full: ClassConfusion) -> Double {
    let before = full.rate(label)
    return before > 0 ? (before - rate(label)) / before : .nan
  }

  /// The largest relative drop of another class, at least 0, as a share of the class's own; `NaN` when
  /// its own rate stays as it was.
  func worstOtherOverTarget(_ label: Int, from full: ClassConfusion) -> Double {
    let others = counts.indices.filter { $0 != label }.map { relativeDrop(of: $0, from: full) }
    let worst = others.reduce(0) { $1 > $0 ? $1 : $0 }
    let own = relativeDrop(of: label, from: full)
    return own == 0 ? .nan : worst / own
  }

  // MARK: Tables

  func record(stage: String, mode: MaskMode, in context: RunContext) {
    forEachCell { truth, predicted, keys in
      let keys = [stage, mode.rawValue] + keys
      context.record(.confusion, keys, "count", Double(counts[truth][predicted]))
      context.record(.confusion, keys, "rate", rate(true: truth, predicted: predicted))
    }
  }

  /// Records how the rates differ from those under the mask of the full task.
  func recordDelta(from full: ClassConfusion, stage: String, in context: RunContext) {
    forEachCell { truth, predicted, keys in
      let before = full.rate(true: truth, predicted: predicted)
      context.record(
        .confusionDelta, [stage] + keys, "delta",
        rate(true: truth, predicted: predicted) - before)
    }
  }

  /// Records what became of a class whose examples the masks were trained without.
  func recordDrop(ofClass name: String, from full: ClassConfusion, in context: RunContext) {
    guard let label = classNames.firstIndex(of: name) else { return }
    context.record(.classDrop, [name], "relative_drop", relativeDrop(of: label, from: full))
    context.record(
      .classDrop, [name], "worst_other_over_target", worstOtherOverTarget(label, from: full))
  }

  private func forEachCell(_ body: (Int, Int, [String]) -> Void) {
    for truth in classNames.indices {
      for predicted in classNames.indices {
        body(truth, predicted, [classNames[truth], classNames[predicted]])
      }
    }
  }
}
