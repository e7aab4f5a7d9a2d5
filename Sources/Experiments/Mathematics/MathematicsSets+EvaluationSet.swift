import ExperimentKit

extension MathematicsSets {
  /// The test sets under their names in tables.
  var tests: [NamedSequences] {
    [
      NamedSequences(name: "iid", pairs: test),
      NamedSequences(name: "easy", pairs: parts[0].test),
      NamedSequences(name: "hard", pairs: parts[2].test),
      NamedSequences(name: "interpolate", pairs: interpolation),
    ]
  }

  /// The test sets: all difficulties (`iid`), `easy`, `hard`, and the test of interpolation. The
  /// metadata hold the characters in the order of their numbers.
  var evaluationSet: EvaluationSet {
    var result = EvaluationSet(tests, end: vocabulary.end)
    // Which characters there are depends on the data.
    result.metadata["vocabulary"] = vocabulary.tokens.joined()
    return result
  }
}
