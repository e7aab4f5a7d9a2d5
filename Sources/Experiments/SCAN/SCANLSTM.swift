import Datasets
import ExperimentKit
import NeuralNetworks
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

  /// The network without its numbers.
  var outline: NetworkOutline {
    settings.outline(
      inputLength: SCANTask.meanInputLength, outputLength: SCANTask.meanOutputLength)
  }
}

/// Section 4: a network learns to translate commands into actions. Do the weights that suffice for
/// a systematically reduced set of commands suffice for the commands left out?
///
/// Two LSTM stacks, trained on the random split. The full-task masks are trained on it too, those of
/// the others on the training sets of the splits `jump`, `length` and `turn-left`. Expectation: the
/// masks of `jump` and `length` fail on the commands left out, although the network knows them; the
/// mask of `jump` removes the output weights of I_JUMP. Fig. 4 of the workshop paper.
struct SCANLSTM: Kind {
  typealias Configuration = StudySettings<SCANTask, SCANLSTMModel>

  let name = "scan-lstm"
  let summary = "Are weights for parts of SCAN shared with its systematic generalisation? (LSTM)"
  let section = "4"
  let version = 1
  let tables = Table.ofSCAN
  let artefacts: [Artefact] = [.weights, .masks, .controlMasks]

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    try PreparedStudy(
      scan: c, network: c.model.outline,
      key: c.pretrainingKey(network: "scan-lstm", version: version), halves: RandomHalves.count,
      makeNetwork: { EncoderDecoderLSTM<Float>(c.model.settings, random: $0) },
      output: "decoder.output.weight",
      parts: { network, context in
        let weights = network.parameters.filter { $0.role == .weight }.map(\.name)
        return .init(
          inputOutput: [
            network.encoder.layers[0].inputWeight.name, network.decoder.layers[0].inputWeight.name,
            network.output.weight.name,
          ], halves: RandomHalves.of(weights, random: context.random("halves")))
      },
      predict: { request in
        let network = EncoderDecoderLSTM<Float>(c.model.settings, random: RandomSource(seed: 0))
        return try predict(with: network, inputTokens: SCAN.inputVocabulary.end, request)
      })
  }
}
