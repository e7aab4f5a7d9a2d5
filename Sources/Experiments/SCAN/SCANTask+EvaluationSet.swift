import Datasets
import ExperimentKit

extension SCANTask {
  /// The test sets of some splits: `iid`, `jump`, `length`, `turn-left`.
  func evaluationSet(
    of splits: [SCAN.Split] = Self.splits, seed: Int, dataFolder: String
  ) throws -> EvaluationSet {
    let sets = try sets(RunContext(seed: seed, dataFolder: dataFolder))
    let tests = zip(Self.splits, sets).filter { splits.contains($0.0) }.map(\.1.test)
    return EvaluationSet(tests, end: SCAN.outputVocabulary.end)
  }
}

extension SCANLSTM {
  func evaluationSet(_ c: Configuration, seed: Int, dataFolder: String) throws -> EvaluationSet {
    try c.task.evaluationSet(seed: seed, dataFolder: dataFolder)
  }
}

extension SCANTransformer {
  func evaluationSet(_ c: Configuration, seed: Int, dataFolder: String) throws -> EvaluationSet {
    try c.task.evaluationSet(seed: seed, dataFolder: dataFolder)
  }
}

extension SCANBaseline {
  func evaluationSet(_ c: Configuration, seed: Int, dataFolder: String) throws -> EvaluationSet {
    try c.task.evaluationSet(of: [c.split], seed: seed, dataFolder: dataFolder)
  }
}
