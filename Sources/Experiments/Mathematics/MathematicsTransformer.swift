import Datasets
import ExperimentKit
import NeuralNetworks
import Store
import Tensors

/// Manifest section `model` of the Mathematics Dataset.
struct MathematicsTransformerModel: Settings {
  var width = 512
  var heads = 8
  var hidden = 2048
  var layers = 6
  var dropout = 0.1

  static let schema = Schema<MathematicsTransformerModel>([
    .integer("width", \.width, in: 2...1024, unit: "units", paper: "512", "width of every layer"),
    .integer("heads", \.heads, in: 1...64, paper: "8", "attention heads; they divide the width"),
    .integer(
      "hidden", \.hidden, in: 1...4096, unit: "units", paper: "2048",
      "units between the two linear layers"),
    .integer(
      "layers", \.layers, in: 1...12, paper: "6", "layers of the encoder, and of the decoder"),
    .number(
      "dropout", \.dropout, in: 0...0.99, unit: "probability", paper: "0.1",
      "on attention weights, sublayers and token vectors while the network is trained"),
  ])

  /// The network for a vocabulary of `tokens` characters.
  func settings(tokens: Int) -> EncoderDecoderTransformer<Float>.Settings {
    EncoderDecoderTransformer<Float>.Settings(
      inputTokens: tokens, outputTokens: tokens, width: width, heads: heads, hidden: hidden,
      encoderLayers: layers, decoderLayers: layers, dropout: dropout, isTied: true)
  }

  /// Characters of a module, for descriptions; the data tell how many there are.
  fileprivate static let usualCharacters = 40

  /// The network without its numbers.
  var outline: NetworkOutline {
    // Usual lengths of questions and answers in characters.
    settings(tokens: Self.usualCharacters).outline(inputLength: 40, outputLength: 10)
  }
}

/// Section on the Mathematics Dataset of the ICLR paper: a Transformer answers questions of three
/// difficulties. Do the weights that suffice for easy questions suffice for hard ones?
///
/// One embedding table serves the encoder, the decoder and the output; it gets no mask. The
/// full-task masks are trained on all difficulties, those of stage `easy` on the easy ones.
/// Expectation: the full-task mask costs nothing on hard questions, that of easy questions fails on
/// them.
struct MathematicsTransformer: Kind {
  typealias Configuration = StudySettings<MathematicsTask, MathematicsTransformerModel>

  let name = "math-transformer"
  let summary = "Are weights for easy mathematical questions those for hard ones?"
  let section = ""
  let version = 2

  let tables = Table.ofMasks + Table.ofControls
  let artefacts: [Artefact] = [.weights, .masks, .controlMasks]

  private static let stages = ["full", "easy"]
  private static let neverLearned = ["permuted-characters", "reversed-answers"]
  private static let tests = ["iid", "easy", "hard", "interpolate"]

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    try c.task.validate()
    guard c.model.width.isMultiple(of: c.model.heads) else {
      throw Failure(
        .manifestInvalid, "model.width is no multiple of model.heads",
        why: "every one of the \(c.model.heads) heads takes an equal part of \(c.model.width) units"
      )
    }
    let outline = c.model.outline
    let key = c.pretrainingKey(network: "math-transformer", version: version)
    // All difficulties, which are three sets, count as one test and again as one each.
    let examples = Double((Self.tests.count + 2) * c.task.testSize)
    return try PreparedStudy(
      c, network: outline, key: key, stages: Self.stages,
      evaluations: RunStep.evaluations(
        stages: Self.stages,
        operations: SequenceStudy<EncoderDecoderTransformer<Float>>.passesPerExample * examples
          * outline.forwardOperations),
      neverLearned: Self.neverLearned,
      run: { try run(c, key: key, $0) },
      evaluationSet: { try c.task.sets($0).evaluationSet },
      predict: { request in
        // The table of embeddings tells the number of characters; one of another width would fit no
        // network, however many rows it has.
        let table = request.weights["embedding.weight"]?.shape.dimensions ?? []
        let tokens =
          table.count == 2 && table[1] == c.model.width
          ? max(1, table[0] - 1) : MathematicsTransformerModel.usualCharacters
        let network = EncoderDecoderTransformer<Float>(
          c.model.settings(tokens: tokens), random: RandomSource(seed: 0))
        return try predict(with: network, inputTokens: tokens, request)
      })
  }

  private func run(_ c: Configuration, key: JSONValue, _ context: RunContext) throws {
    let sets = try c.task.sets(context)
    let network = EncoderDecoderTransformer<Float>(
      c.model.settings(tokens: sets.vocabulary.end), random: context.random)
    let study = SequenceStudy(
      source: NetworkSource(
        network, c.pretrain, logEvery: c.logEvery,
        keepingInitial: c.controls.needsInitialWeights, context),
      training: NamedSequences(name: Self.stages[0], pairs: sets.training),
      tests: sets.tests)
    let frozen = try study.train(key: key)
    let easy = NamedSequences(name: Self.stages[1], pairs: sets.parts[0].train)
    let easyTest = sets.parts[0].test
    let (stages, controls) = try study.learnMasks(
      [study.training, easy], c.mask, c.controls,
      judgedOn: { study.tests[$0.name == easy.name ? 1 : 0] },
      neverLearned: c.controls.trainsMasks
        ? [
          .permuted(Self.neverLearned[0], train: easy.pairs, test: easyTest),
          NeverLearnedSequences(Self.neverLearned[1], train: easy.pairs, test: easyTest) {
            $0.reversed()
          },
        ] : [], frozen: frozen)
    let masked = c.mask.masked(network.outline).map(\.name)
    let early = masked.filter { name in
      (0..<(c.model.layers + 1) / 2).contains { name.contains(".layers.\($0).") }
    }
    try study.measure(stages, parts: .init(inputOutput: [], halves: [Set(early)]))
    try context.save(network)
    try context.save(stages)
    try controls.run(stages)
  }
}
