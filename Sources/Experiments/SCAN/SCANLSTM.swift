import Autograd
import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// Manifest section `model` of SCAN with recurrent networks.
struct SCANLSTMModel: Settings {
  var units = 200
  var layers = 2
  var embedding = 16
  var dropout = 0.5

  static let schema = Schema<SCANLSTMModel>([
    .integer("units", \.units, in: 1...1024, unit: "units", paper: "200", "state of every layer"),
    .integer(
      "layers", \.layers, in: 1...16, paper: "2", "LSTM layers of the encoder, and of the decoder"),
    .integer(
      "embedding", \.embedding, in: 1...1024, unit: "units", paper: "16", "width of token vectors"),
    .number(
      "dropout", \.dropout, in: 0...0.99, unit: "probability", paper: "0.5",
      "on token vectors and between layers while the network is trained"),
  ])

  /// The network for the vocabularies of SCAN.
  var settings: EncoderDecoderLSTM<Float>.Settings {
    EncoderDecoderLSTM<Float>.Settings(
      inputTokens: SCAN.inputVocabulary.end, outputTokens: SCAN.outputVocabulary.end,
      embedding: embedding, units: units, layers: layers, dropout: dropout)
  }
}

/// Section 3.3: a network learns to translate commands into actions. Do the weights that suffice for
/// a systematically reduced set of commands suffice for the commands left out?
///
/// Two LSTM stacks, trained on the random split. The masks of stage 0 are trained on it too, those of
/// the others on the training sets of the splits `jump`, `length` and `turn-left`. Expectation: the
/// masks of `jump` and `length` fail on the commands left out, although the network knows them; the
/// mask of `jump` removes the output weights of I_JUMP. Fig. 4 of the workshop paper.
struct SCANLSTM: Kind {
  typealias Configuration = StudySettings<SCANTask, SCANLSTMModel>

  let name = "scan-lstm"
  let summary = "Are weights for parts of SCAN shared with its systematic generalisation? (LSTM)"
  let section = "3.3"
  let version = 1

  func validate(_ c: Configuration) throws {
    try c.task.validate()
    try c.validate(parameters: makeNetwork(c).outline)
  }

  // MARK: Model

  private func makeNetwork(
    _ c: Configuration, random: RandomSource = RandomSource(seed: 0)
  ) -> EncoderDecoderLSTM<Float> {
    EncoderDecoderLSTM(c.model.settings, random: random)
  }

  func describe(_ c: Configuration) throws -> Architecture {
    // Mean lengths of the random split, end marks included.
    let (inputs, outputs) = (8.26, 15.33)
    return Architecture(
      parameters: makeNetwork(c).outline, batch: c.pretrain.batch,
      inputShape: [SCAN.inputVocabulary.size], outputShape: [SCAN.outputVocabulary.size],
      isMasked: c.mask.masks,
      kind: {
        $0.role == .embedding
          ? "embedding" : $0.name.hasPrefix("decoder.output") ? "linear" : "lstm"
      }, uses: { $0.name.hasPrefix("encoder") ? inputs : outputs })
  }

  // MARK: Training, masking and measurement

  /// What pre-training depends on: runs that agree in it share the trained network.
  func pretrainingKey(_ c: Configuration) -> JSONValue? {
    c.pretrainingKey(network: "scan-lstm", version: version)
  }

  func totalSteps(_ c: Configuration) -> Int { c.totalSteps(stages: SCANTask.splits.count) }

  func run(_ c: Configuration, _ context: RunContext) throws {
    let network = makeNetwork(c, random: RandomSource(seed: UInt64(context.seed)))
    let sets = try c.task.sets(context)
    let output = network.output.weight.name
    let masked = network.parameters.filter { $0.role == .weight }.map(\.name)
    try SequenceStudy(MaskStudy(network, c, context), scan: sets).runSCAN(
      sets, key: pretrainingKey(c) ?? .null, output: output,
      parts: .init(
        inputOutput: [
          network.encoder.layers[0].inputWeight.name, network.decoder.layers[0].inputWeight.name,
          output,
        ], halves: RandomHalves.of(masked, random: context.random("halves"))))
  }

  func predict(_ c: Configuration, _ request: PredictionRequest) throws -> Tensor<Float> {
    try predict(with: makeNetwork(c), inputTokens: SCAN.inputVocabulary.end, request)
  }
}
