import Datasets
import ExperimentKit
import Store
import Tensors

/// Manifest section `task` of SCAN.
struct SCANTask: Settings {
  /// Where commands and actions come from.
  enum Source: String, CaseIterable, Sendable {
    /// The grammar: the published commands, actions and splits, with a random `simple` split.
    case generated
    /// The published files in the data folder.
    case official
  }

  var source = Source.generated
  var longestOutput = 48
  var longestTrainedOutput = SCAN.longestTrainedActions
  var testSize = 10_000

  static let schema = Schema<SCANTask>([
    .choice(
      "source", \.source, paper: "official",
      "`generated` makes the commands and their actions from the grammar: those of the published "
        + "files, but for the random split `simple`; `official` reads the published files from the "
        + "data folder"),
    .integer(
      "longest-output", \.longestOutput, in: 1...48, unit: "actions", paper: "48",
      "examples with more actions are left out everywhere"),
    .integer(
      "longest-trained-output", \.longestTrainedOutput, in: 1...47, unit: "actions", paper: "22",
      "in the split `length`, examples with more actions are the test set; less than "
        + "`longest-output`"),
    .integer(
      "test-size", \.testSize, in: 1...1_000_000, unit: "examples", paper: "all",
      "a test set with more examples is cut to so many, drawn at random"),
  ])

  /// Names of stages, and of the test sets but for the first, which is `iid`.
  static func stageName(_ split: SCAN.Split) -> String {
    split == .simple ? "full" : split.rawValue
  }

  /// The splits in the order of the stages.
  static let splits: [SCAN.Split] = [.simple, .jump, .length, .turnLeft]

  /// Rules that go beyond single keys.
  func validate() throws {
    guard longestTrainedOutput < longestOutput else {
      throw Failure(
        .manifestInvalid, "task.longest-trained-output is not less than task.longest-output",
        why:
          "no example is longer than \(longestOutput) actions: the test set of `length` is empty",
        help: "choose less than \(longestOutput)")
    }
  }

  /// Training and test sets of all splits.
  func sets(_ context: RunContext) throws -> [(train: NamedSequences, test: NamedSequences)] {
    try Self.splits.map { split in
      var (train, test) =
        switch source {
        case .generated: SCAN.generate(split, random: context.random("data/\(split.rawValue)"))
        case .official: try DataFolder(context.dataFolder).scan(split)
        }
      if split == .length { (train, test) = divided(train, test) }
      return (
        NamedSequences(name: Self.stageName(split), pairs: short(train)),
        NamedSequences(
          name: split == .simple ? "iid" : split.rawValue,
          pairs: sample(short(test), context.random("data/\(split.rawValue)/test-sample")))
      )
    }
  }

  /// All examples of the split `length`, divided at ``longestTrainedOutput``.
  private func divided(
    _ train: Datasets.SequencePairs, _ test: Datasets.SequencePairs
  ) -> (Datasets.SequencePairs, Datasets.SequencePairs) {
    let all = Datasets.SequencePairs(
      inputVocabulary: train.inputVocabulary, outputVocabulary: train.outputVocabulary,
      inputs: TokenSequences(
        [train, test].flatMap { set in (0..<set.count).map { set.inputs[$0] } }),
      outputs: TokenSequences(
        [train, test].flatMap { set in (0..<set.count).map { set.outputs[$0] } }))
    func part(_ isIncluded: (Int) -> Bool) -> Datasets.SequencePairs {
      all.selecting((0..<all.count).filter { isIncluded(all.outputs.length($0)) })
    }
    return (part { $0 <= longestTrainedOutput }, part { $0 > longestTrainedOutput })
  }

  private func short(_ pairs: Datasets.SequencePairs) -> Datasets.SequencePairs {
    pairs.selecting((0..<pairs.count).filter { pairs.outputs.length($0) <= longestOutput })
  }

  private func sample(
    _ pairs: Datasets.SequencePairs, _ random: RandomStream
  ) -> Datasets.SequencePairs {
    guard pairs.count > testSize else { return pairs }
    return pairs.selecting(random.permutation(pairs.count).prefix(testSize).sorted())
  }
}

extension SequenceStudy {
  /// The study of a network on SCAN: trained on the simple split.
  init(
    _ study: MaskStudy<Network>, scan sets: [(train: NamedSequences, test: NamedSequences)]
  ) {
    self.init(study: study, training: sets[0].train, tests: sets.map(\.test))
  }

  /// Section 3.3: trains, learns masks on the training sets of all splits, measures and saves.
  ///
  /// - Parameters:
  ///   - sets: training and test sets of the splits.
  ///   - key: what training depends on.
  ///   - output: name of the output weight, whose rows are the actions.
  ///   - parts: the tensors that mask modes treat apart.
  func runSCAN(
    _ sets: [(train: NamedSequences, test: NamedSequences)], key: JSONValue, output: String,
    parts: MaskStudy<Network>.Parts
  ) throws {
    let frozen = try pretrain(key: key)
    let stages = try learnMasks(sets.map(\.train), frozen: frozen)
    try measure(stages, parts: parts)
    for stage in stages.dropFirst() {
      MaskTables(stages: stages, context: study.context).recordRemovedRows(of: output, stage: stage)
    }
    try study.context.save(study.network, stages)
  }
}
