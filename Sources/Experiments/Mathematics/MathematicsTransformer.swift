import Autograd
import Datasets
import ExperimentKit
import Masks
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
}

/// Section on the Mathematics Dataset of the ICLR paper: a Transformer answers questions of three
/// difficulties. Do the weights that suffice for easy questions suffice for hard ones?
///
/// One embedding table serves the encoder, the decoder and the output; it gets no mask. Stage 0 is
/// trained on all difficulties, stage `easy` on the easy ones. Expectation: the mask of stage 0 costs
/// nothing on hard questions, that of easy questions fails on them.
struct MathematicsTransformer: Kind {
  typealias Configuration = StudySettings<MathematicsTask, MathematicsTransformerModel>

  let name = "math-transformer"
  let summary = "Are weights for easy mathematical questions those for hard ones?"
  let section = "3.4"
  let version = 1

  func validate(_ c: Configuration) throws {
    try c.task.validate()
    guard c.model.width.isMultiple(of: c.model.heads) else {
      throw Failure(
        .manifestInvalid, "model.width is no multiple of model.heads",
        why: "every one of the \(c.model.heads) heads takes an equal part of \(c.model.width) units"
      )
    }
    try c.validate(parameters: makeNetwork(c).outline)
  }

  // MARK: Model

  /// Characters of a module, for descriptions; the data tell how many there are.
  private static let usualCharacters = 40

  private func makeNetwork(
    _ c: Configuration, tokens: Int = Self.usualCharacters,
    random: RandomSource = RandomSource(seed: 0)
  ) -> EncoderDecoderTransformer<Float> {
    EncoderDecoderTransformer(c.model.settings(tokens: tokens), random: random)
  }

  func describe(_ c: Configuration) throws -> Architecture {
    // Usual lengths of questions and answers in characters.
    let (questions, answers) = (40.0, 10.0)
    return Architecture(
      parameters: makeNetwork(c).outline, batch: c.pretrain.batch,
      inputShape: [Self.usualCharacters + 1], outputShape: [Self.usualCharacters + 1],
      isMasked: c.mask.masks,
      kind: { $0.role == .weight || $0.role == .bias ? "linear" : $0.role.rawValue },
      uses: { parameter in
        let readsQuestions =
          parameter.name.hasPrefix("encoder")
          || parameter.name.contains("multihead_attn.key_value")
        return readsQuestions ? questions : answers
      })
  }

  // MARK: Training, masking and measurement

  /// What pre-training depends on: runs that agree in it share the trained network.
  func pretrainingKey(_ c: Configuration) -> JSONValue? {
    c.pretrainingKey(network: "math-transformer", version: version)
  }

  func totalSteps(_ c: Configuration) -> Int { c.totalSteps(stages: 2) }

  func run(_ c: Configuration, _ context: RunContext) throws {
    let sets = try c.task.sets(context)
    let network = makeNetwork(
      c, tokens: sets.vocabulary.end, random: RandomSource(seed: UInt64(context.seed)))
    let study = SequenceStudy(
      study: MaskStudy(network, c, context),
      training: NamedSequences(name: "full", pairs: sets.training),
      tests: sets.tests)
    let frozen = try study.pretrain(key: pretrainingKey(c) ?? .null)
    let stages = try study.learnMasks(
      [study.training, NamedSequences(name: "easy", pairs: sets.parts[0].train)], frozen: frozen)
    let masked = network.parameters.filter { c.mask.masks($0) }.map(\.name)
    let early = masked.filter { name in
      (0..<(c.model.layers + 1) / 2).contains { name.contains(".layers.\($0).") }
    }
    try study.measure(stages, parts: .init(inputOutput: [], halves: [Set(early)]))
    try context.save(network, stages)
  }

  func predict(_ c: Configuration, _ request: PredictionRequest) throws -> Tensor<Float> {
    // The table of embeddings tells the number of characters; one of another width would fit no
    // network, however many rows it has.
    let table = request.weights["embedding.weight"]?.shape.dimensions ?? []
    let tokens =
      table.count == 2 && table[1] == c.model.width ? max(1, table[0] - 1) : Self.usualCharacters
    return try predict(with: makeNetwork(c, tokens: tokens), inputTokens: tokens, request)
  }
}
