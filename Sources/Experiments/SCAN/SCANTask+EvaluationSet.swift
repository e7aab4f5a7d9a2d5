import Datasets
import ExperimentKit

extension SCANTask {
  /// The test sets of some splits: `iid`, `jump`, `length`, `turn-left`.
  func evaluationSet(
    of splits: [SCAN.Split] = Self.splits, _ context: RunContext
  ) throws -> EvaluationSet {
    let sets = try sets(context)
    let tests = zip(Self.splits, sets).filter { splits.contains($0.0) }.map(\.1.test)
    return EvaluationSet(tests, end: SCAN.outputVocabulary.end)
  }
}
