import Datasets
import ExperimentKit
import Masks

/// Which operation a network performs, against the one the input asks for.
///
/// A prediction that equals a + b counts as addition, one that equals a · b as multiplication, any
/// other as neither. The 40 of 10,000 pairs for which sum and product coincide count as both; rates
/// are shares of a row's counts.
struct ConfusionCounts {
  private static let names = ["add", "mul", "none"]
  private var counts = [[Int]](repeating: [0, 0, 0], count: 2)

  /// No counts yet.
  init() {}

  /// The counts that an evaluation has recorded.
  init(recordedIn context: RunContext, stage: String, mode: MaskMode) {
    for row in context.records(of: .confusion)
    where row.metric == "count" && row.keys[0] == stage && row.keys[1] == mode.rawValue {
      guard let truth = Self.names.firstIndex(of: row.keys[2]),
        let predicted = Self.names.firstIndex(of: row.keys[3])
      else { continue }
      counts[truth][predicted] = Int(row.value)
    }
  }

  /// Counts a prediction.
  mutating func add(
    _ example: AdditionMultiplication.Example, prediction: Int, task: AdditionMultiplication
  ) {
    let row = example.operation.rawValue
    let isSum = prediction == task.result(of: .add, for: example)
    let isProduct = prediction == task.result(of: .multiply, for: example)
    if isSum { counts[row][0] += 1 }
    if isProduct { counts[row][1] += 1 }
    if !isSum && !isProduct { counts[row][2] += 1 }
  }

  /// The share of a cell in its row, 0…1; `NaN` for a row without examples.
  func rate(_ row: Int, _ column: Int) -> Double {
    Double(counts[row][column]) / Double(counts[row].reduce(0, +))
  }

  func record(stage: String, mode: MaskMode, in context: RunContext) {
    forEachCell { row, column, keys in
      let keys = [stage, mode.rawValue] + keys
      context.record(.confusion, keys, "count", Double(counts[row][column]))
      context.record(.confusion, keys, "rate", rate(row, column))
    }
  }

  /// Records how the rates differ from those of another matrix.
  func recordDelta(from other: ConfusionCounts, stage: String, in context: RunContext) {
    forEachCell { row, column, keys in
      context.record(
        .confusionDelta, [stage] + keys, "delta", rate(row, column) - other.rate(row, column))
    }
  }

  private func forEachCell(_ body: (Int, Int, [String]) -> Void) {
    for row in counts.indices {
      for column in Self.names.indices { body(row, column, [Self.names[row], Self.names[column]]) }
    }
  }
}
