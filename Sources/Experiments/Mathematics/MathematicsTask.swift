import Datasets
import ExperimentKit
import Store
import Tensors

/// Manifest section `task` of the Mathematics Dataset.
struct MathematicsTask: Settings, TaskWithDataSeed {
  /// Where questions and answers come from.
  enum Source: String, CaseIterable, Sendable {
    /// The built-in generator.
    case generated
    /// The published files in the data folder.
    case official
  }

  var module = MathematicsGenerator.Module.addOrSub
  var source = Source.official
  var trainSize = 100_000
  var testSize = 10_000
  var easyEntropy: [Double] = []
  var mediumEntropy: [Double] = []
  var hardEntropy: [Double] = []
  var dataSeed: Int?

  private static let entropyMeaning =
    "range of the entropy of generated problems, lowest and highest; the published third of the "
    + "module's range when empty"

  static let schema = Schema<MathematicsTask>([
    .choice("module", \.module, "what is asked for"),
    .choice(
      "source", \.source, paper: "official",
      "`generated` makes problems in the manner of the published ones; `official` "
        + "reads the published files from the data folder"),
    .integer(
      "train-size", \.trainSize, in: 1...10_000_000, unit: "questions",
      "generated questions of every difficulty, those set aside for tests included"),
    .integer(
      "test-size", \.testSize, in: 1...1_000_000, unit: "questions", paper: "10,000",
      "questions of every difficulty that are set aside at random for its test set; fewer than there "
        + "are"),
    .numbers(
      "easy-entropy", \.easyEntropy, in: 1...16, count: 0...2, unit: "decimal digits",
      entropyMeaning),
    .numbers(
      "medium-entropy", \.mediumEntropy, in: 1...16, count: 0...2, unit: "decimal digits",
      entropyMeaning),
    .numbers(
      "hard-entropy", \.hardEntropy, in: 1...16, count: 0...2, unit: "decimal digits",
      entropyMeaning),
    .dataSeed(\.dataSeed),
  ])

  /// Rules that go beyond single keys.
  func validate() throws {
    let ranges = [
      ("easy", easyEntropy), ("medium", mediumEntropy), ("hard", hardEntropy),
    ]
    let highest = module == .addOrSub ? 16.0 : 10
    for (name, range) in ranges where !range.isEmpty {
      guard range.count == 2, range[0] <= range[1], range[1] <= highest else {
        throw Failure(
          .manifestInvalid, "task.\(name)-entropy is no range",
          why: "it needs its lowest and its highest value, at most \(highest)",
          help: "for example [4, 8]")
      }
    }
    guard source == .official || testSize < trainSize else {
      throw Failure(
        .manifestInvalid, "task.test-size leaves nothing to train on",
        why: "\(testSize) of \(trainSize) questions are set aside")
    }
  }

  /// Training and test sets of the three difficulties, and the test of interpolation.
  func sets(_ context: RunContext) throws -> MathematicsSets {
    let difficulties: [(MathematicsGenerator.Difficulty, [Double])] = [
      (.easy, easyEntropy), (.medium, mediumEntropy), (.hard, hardEntropy),
    ]
    var seen: Set<[UInt8]> = []
    let parts = try difficulties.map { difficulty, entropy in
      let problems = try problems(difficulty, entropy, count: trainSize, context)
      // Questions of an earlier part, and repeated ones, are dropped.
      return problems.selecting(problems.unseenQuestions(&seen))
    }
    let beyond = try interpolation(notAmong: seen, context)
    let vocabulary = MathematicsProblems.vocabulary(of: parts + [beyond])
    return MathematicsSets(
      vocabulary: vocabulary,
      parts: zip(difficulties, parts).map { difficulty, problems in
        let order = random("data/\(difficulty.0.rawValue)/test-sample", context)
          .permutation(problems.count)
        let tested = min(testSize, problems.count / 2)
        return (
          problems.selecting(order[tested...].sorted()).pairs(vocabulary),
          problems.selecting(order[..<tested].sorted()).pairs(vocabulary)
        )
      }, interpolation: beyond.pairs(vocabulary))
  }

  /// The test of interpolation without the questions of the training range.
  private func interpolation(
    notAmong seen: Set<[UInt8]>, _ context: RunContext
  ) throws -> MathematicsProblems {
    let problems = try problems(.interpolate, [], count: testSize, context)
    let unseen = (0..<problems.count).filter { !seen.contains(Array(problems.questions[$0])) }
    guard !unseen.isEmpty else {
      throw Failure(
        .dataMissing, "no question of interpolation is left",
        why: "all \(problems.count) occur among the questions of the three difficulties",
        help: "interpolate/\(module.rawValue).txt must hold questions of its own")
    }
    return problems.selecting(unseen)
  }

  private func problems(
    _ difficulty: MathematicsGenerator.Difficulty, _ entropy: [Double], count: Int,
    _ context: RunContext
  ) throws -> MathematicsProblems {
    guard source == .generated else {
      let folder = difficulty == .interpolate ? "interpolate" : "train-\(difficulty.rawValue)"
      return try context.data.mathematics(module.rawValue, part: folder)
    }
    let generator =
      entropy.count == 2
      ? MathematicsGenerator(module, entropy: entropy[0]...entropy[1])
      : MathematicsGenerator(module, difficulty)
    return generator.problems(count, random: random("data/\(difficulty.rawValue)", context))
  }
}

/// Questions and answers as tokens, by difficulty.
struct MathematicsSets {
  let vocabulary: Vocabulary
  /// Training and test set of easy, medium and hard questions.
  let parts: [(train: Datasets.SequencePairs, test: Datasets.SequencePairs)]
  let interpolation: Datasets.SequencePairs

  /// All difficulties together, to train on.
  var training: Datasets.SequencePairs { joined(parts.map(\.train)) }
  /// All difficulties together, to test.
  var test: Datasets.SequencePairs { joined(parts.map(\.test)) }

  private func joined(_ sets: [Datasets.SequencePairs]) -> Datasets.SequencePairs {
    Datasets.SequencePairs(
      inputVocabulary: vocabulary, outputVocabulary: vocabulary,
      inputs: TokenSequences(sets.flatMap { set in (0..<set.count).map { set.inputs[$0] } }),
      outputs: TokenSequences(sets.flatMap { set in (0..<set.count).map { set.outputs[$0] } }))
  }
}
