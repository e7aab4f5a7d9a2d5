import Datasets
import ExperimentKit
import NeuralNetworks
import Store
import Tensors

/// Everything a manifest can say about networks trained on one split of SCAN.
struct SCANBaselineSettings: Settings {
  /// The kinds of networks.
  enum Kind: String, CaseIterable, Sendable {
    case lstm
    case transformer
  }

  /// Manifest section `model`.
  struct Model: Settings {
    var kind = Kind.lstm
    var lstm = SCANLSTMModel()
    var transformer = SCANTransformerModel()

    static let schema = Schema<Model>([
      .choice("kind", \.kind, "which of the two networks is trained"),
      .section("lstm", \.lstm, "the recurrent network"),
      .section("transformer", \.transformer, "the Transformer"),
    ])
  }

  var split = SCAN.Split.length
  var task = SCANTask()
  var model = Model()
  var pretrain = PretrainingSettings()
  var logEvery = 100

  static let schema = Schema<SCANBaselineSettings>([
    .choice(
      "split", \.split, paper: "length, jump, turn-left",
      "the split whose training set is trained on"),
    .section("task", \.task, "the data"),
    .section("model", \.model, "the network"),
    .section("pretrain", \.pretrain, "training of the network"),
    .integer(
      "log-every", \.logEvery, in: 1...1_000_000, unit: "steps",
      "distance of the rows of the training curve, which hold means since the row before"),
  ])
}

/// Section 4, what masks are compared with: each network trained on the training set of a split
/// from the start, without masks, and evaluated on the commands left out.
///
/// Expectation: it fails where the masked network fails. Figure "removed versus baseline" of the ICLR
/// paper.
struct SCANBaseline: Kind {
  typealias Configuration = SCANBaselineSettings

  let name = "scan-baseline"
  let summary = "How well does a network generalise that is trained on one split of SCAN?"
  let section = "4"
  let version = 2
  let tables: [Table] = [.accuracy, .trainingCurve]
  let artefacts: [Artefact] = [.weights]

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    try c.task.validate()
    try c.pretrain.validate()
    switch c.model.kind {
    case .lstm:
      let settings = c.model.lstm.settings
      return prepare(c, c.model.lstm.outline) {
        EncoderDecoderLSTM<Float>(settings, random: $0)
      }
    case .transformer:
      try c.model.transformer.validate()
      let settings = c.model.transformer.settings
      return prepare(c, c.model.transformer.outline) {
        EncoderDecoderTransformer<Float>(settings, random: $0)
      }
    }
  }

  private func prepare<Network: TrainableSequenceModel>(
    _ c: Configuration, _ outline: NetworkOutline,
    makeNetwork: @escaping @Sendable (RandomSource) -> Network
  ) -> PreparedStudy {
    let operations =
      SequenceStudy<Network>.passesPerExample * c.task.testCount(c.split)
      * outline.forwardOperations
    return PreparedStudy(
      steps: [
        .pretraining(c.pretrain, of: outline),
        .evaluation(StepName.pretraining, operations: operations),
      ], key: nil,
      architecture: {
        outline.architecture(batch: c.pretrain.batch, maskBatch: nil, isMasked: { _ in false })
      },
      run: { try run(makeNetwork($0.random), c, $0) },
      evaluationSet: { try c.task.evaluationSet(of: [c.split], $0) },
      predict: { request in
        try predict(
          with: makeNetwork(RandomSource(seed: 0)), inputTokens: SCAN.inputVocabulary.end, request)
      })
  }

  private func run<Network: TrainableSequenceModel>(
    _ network: Network, _ c: Configuration, _ context: RunContext
  ) throws {
    let sets = try c.task.sets(context)
    guard let place = SCANTask.splits.firstIndex(of: c.split) else {
      preconditionFailure("a split without a place")
    }
    let study = SequenceStudy(
      source: NetworkSource(network, c.pretrain, logEvery: c.logEvery, context),
      training: sets[place].train, tests: [sets[place].test])
    let key: JSONValue = [
      "network": .string("scan-baseline-\(c.model.kind.rawValue)"), "version": .integer(version),
      "configuration": Configuration.schema.encode(c),
    ]
    try study.train(key: key)
    try study.evaluateNetwork()
    try context.save(network)
  }
}
