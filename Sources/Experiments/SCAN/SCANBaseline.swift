import Datasets
import ExperimentKit
import Masks
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

/// Section 3.3, what masks are compared with: each network trained on the training set of a split
/// from the start, without masks, and judged on the commands left out.
///
/// Expectation: it fails where the masked network fails. Figure "removed versus baseline" of the ICLR
/// paper.
struct SCANBaseline: Kind {
  typealias Configuration = SCANBaselineSettings

  let name = "scan-baseline"
  let summary = "How well does a network generalise that is trained on one split of SCAN?"
  let section = "3.3"
  let version = 1

  func validate(_ c: Configuration) throws {
    try c.task.validate()
    try c.pretrain.validate()
    if c.model.kind == .transformer { try c.model.transformer.validate() }
  }

  func describe(_ c: Configuration) throws -> Architecture {
    switch c.model.kind {
    case .lstm:
      try SCANLSTM().describe(unmasked(c, c.model.lstm))
    case .transformer:
      try SCANTransformer().describe(unmasked(c, c.model.transformer))
    }
  }

  /// The configuration of the experiment with masks, of which none are trained.
  private func unmasked<Model>(
    _ c: Configuration, _ model: Model
  ) -> StudySettings<SCANTask, Model> {
    var settings = StudySettings<SCANTask, Model>()
    settings.task = c.task
    settings.model = model
    settings.pretrain = c.pretrain
    settings.mask.exclude = ["*"]
    settings.logEvery = c.logEvery
    return settings
  }

  func pretrainingKey(_ c: Configuration) -> JSONValue? { nil }

  func totalSteps(_ c: Configuration) -> Int { c.pretrain.steps }

  func run(_ c: Configuration, _ context: RunContext) throws {
    let random = RandomSource(seed: UInt64(context.seed))
    switch c.model.kind {
    case .lstm:
      try run(
        EncoderDecoderLSTM<Float>(c.model.lstm.settings, random: random),
        unmasked(c, c.model.lstm), c, context)
    case .transformer:
      try run(
        EncoderDecoderTransformer<Float>(c.model.transformer.settings, random: random),
        unmasked(c, c.model.transformer), c, context)
    }
  }

  private func run<Network: TrainableSequenceModel, Model>(
    _ network: Network, _ settings: StudySettings<SCANTask, Model>, _ c: Configuration,
    _ context: RunContext
  ) throws {
    let sets = try c.task.sets(context)
    guard let place = SCANTask.splits.firstIndex(of: c.split) else {
      preconditionFailure("a split without a place")
    }
    let study = SequenceStudy(
      study: MaskStudy(network, settings, context), training: sets[place].train,
      tests: [sets[place].test])
    let key: JSONValue = [
      "network": .string("scan-baseline-\(c.model.kind.rawValue)"), "version": .integer(version),
      "configuration": Configuration.schema.encode(c),
    ]
    _ = try study.pretrain(key: key)
    try study.measureUnmasked()
    try context.save(network, [])
  }

  func predict(_ c: Configuration, _ request: PredictionRequest) throws -> Tensor<Float> {
    let random = RandomSource(seed: 0)
    let inputTokens = SCAN.inputVocabulary.end
    switch c.model.kind {
    case .lstm:
      let network = EncoderDecoderLSTM<Float>(c.model.lstm.settings, random: random)
      return try predict(with: network, inputTokens: inputTokens, request)
    case .transformer:
      let network = EncoderDecoderTransformer<Float>(c.model.transformer.settings, random: random)
      return try predict(with: network, inputTokens: inputTokens, request)
    }
  }
}
