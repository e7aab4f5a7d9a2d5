import ExperimentKit

extension MathematicsTransformer {
  /// The test sets: all difficulties (`iid`), `easy`, `hard`, and the test of interpolation. The
  /// metadata hold the characters in the order of their numbers.
  func evaluationSet(_ c: Configuration, seed: Int, dataFolder: String) throws -> EvaluationSet {
    let sets = try c.task.sets(RunContext(seed: seed, dataFolder: dataFolder))
    var result = EvaluationSet(sets.tests, end: sets.vocabulary.end)
    // Which characters there are depends on the data.
    result.metadata["vocabulary"] = sets.vocabulary.tokens.joined()
    return result
  }
}
