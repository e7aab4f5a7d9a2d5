import Datasets
import ExperimentKit
import NeuralNetworks
import Store
import Tensors

/// Manifest section `task` of SCAN.
struct SCANTask: Settings, TaskWithDataSeed {
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
  var dataSeed: Int?

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
    .dataSeed(\.dataSeed),
  ])

  /// Number of examples of the test set of a split, at most.
  func testCount(_ split: SCAN.Split) -> Double { Double(min(testSize, SCAN.testCount(split))) }

  /// Names of stages, and of the test sets but for the first, which is `iid`.
  static func stageName(_ split: SCAN.Split) -> String {
    split == .simple ? "full" : split.rawValue
  }

  /// Mean number of tokens of a command of the random split, end mark included.
  static let meanInputLength = 8.26
  /// Mean number of actions of the random split, end mark included.
  static let meanOutputLength = 15.33

  /// Names of the stages in their order.
  static var stageNames: [String] { splits.map(stageName) }

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
        case .generated: SCAN.generate(split, random: random("data/\(split.rawValue)", context))
        case .official: try context.data.scan(split)
        }
      if split == .length { (train, test) = divided(train, test) }
      return (
        NamedSequences(name: Self.stageName(split), pairs: short(train)),
        NamedSequences(
          name: split == .simple ? "iid" : split.rawValue,
          pairs: sample(short(test), random("data/\(split.rawValue)/test-sample", context)))
      )
    }
  }

  /// Names of the functions of commands that networks never learn.
  static let neverLearnedNames = ["permuted-actions", "reversed-actions"]

  /// The functions of commands that networks never learn: other actions, and actions in reverse order.
  ///
  /// - Parameter sets: of the random split.
  static func neverLearned(
    _ sets: (train: NamedSequences, test: NamedSequences)
  ) -> [NeverLearnedSequences] {
    let (train, test) = (sets.train.pairs, sets.test.pairs)
    return [
      .permuted(neverLearnedNames[0], train: train, test: test),
      NeverLearnedSequences(neverLearnedNames[1], train: train, test: test) { $0.reversed() },
    ]
  }

  /// Examples of the training set of a split, as many as a test set has at most: `own`.
  func ownTest(_ train: NamedSequences, _ context: RunContext) -> NamedSequences {
    NamedSequences(
      name: "own", pairs: sample(train.pairs, random("data/\(train.name)/own-sample", context)))
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

extension Table {
  /// Removed weights per unit of an output projection.
  public static let outputUnitRemoved = Table(
    "output_unit_removed", "How many weights of every output unit a stage's mask removes",
    keys: [.stage, Key("unit", .integer, "row of the output weight: the token that it predicts")],
    metrics: [
      Metric("n_ref", "number of the unit's weights that the full-task mask keeps"),
      Metric("n_removed", "how many of them the stage's mask removes"),
      Metric("removed_frac", "n_removed / n_ref"),
    ])

  /// What experiments with masks on SCAN record.
  static let ofSCAN: [Table] = ofMasks + ofControls + [.outputUnitRemoved]
}

extension PreparedStudy {
  /// Section 4 with a network: trained on the simple split, masks learned on the training sets of
  /// all splits.
  ///
  /// - Parameters:
  ///   - c: the configuration.
  ///   - network: what is trained.
  ///   - key: what its training depends on.
  ///   - halves: how many early halves of the tensors are evaluated together.
  ///   - makeNetwork: builds the network.
  ///   - output: name of the output weight, whose rows are the actions.
  ///   - parts: the tensors that mask modes treat apart.
  ///   - predict: the logits of the network for inputs.
  init<Model, Network: TrainableSequenceModel>(
    scan c: StudySettings<SCANTask, Model>, network: NetworkOutline, key: JSONValue,
    halves: Int = 1, makeNetwork: @escaping @Sendable (RandomSource) -> Network,
    output: String,
    parts: @escaping @Sendable (Network, RunContext) -> MaskedEvaluation<Network>.Parts,
    predict: @escaping @Sendable (PredictionRequest) throws -> Tensor<Float>
  ) throws {
    try c.task.validate()
    let examples = SCANTask.splits.reduce(0) { $0 + c.task.testCount($1) }
    try self.init(
      c, network: network, key: key, stages: SCANTask.stageNames,
      evaluations: RunStep.evaluations(
        stages: SCANTask.stageNames,
        operations: SequenceStudy<Network>.passesPerExample * examples * network.forwardOperations,
        halves: halves),
      neverLearned: SCANTask.neverLearnedNames,
      run: { context in
        let network = makeNetwork(context.random)
        let sets = try c.task.sets(context)
        // The test set of the first split is of the distribution that its masks are trained on.
        let study = SequenceStudy(
          source: NetworkSource(
            network, c.pretrain, logEvery: c.logEvery,
            keepingInitial: c.controls.needsInitialWeights, context),
          training: sets[0].train, tests: sets.map(\.test),
          ownTests: sets.dropFirst().reduce(into: [:]) {
            $0[$1.train.name] = c.task.ownTest($1.train, context)
          })
        let frozen = try study.train(key: key)
        let (stages, controls) = try study.learnMasks(
          sets.map(\.train), c.mask, c.controls,
          judgedOn: { study.ownTests[$0.name] ?? study.tests[0] },
          neverLearned: c.controls.trainsMasks ? SCANTask.neverLearned(sets[0]) : [],
          frozen: frozen)
        try study.measure(stages, parts: parts(network, context))
        for stage in stages.dropFirst() {
          MaskTables(stages: stages, context: context).recordRemovedRows(of: output, stage: stage)
        }
        try context.save(network)
        try context.save(stages)
        try controls.run(stages)
      }, evaluationSet: { try c.task.evaluationSet($0) }, predict: predict)
  }
}
