import Datasets
import ExperimentKit
import NeuralNetworks
import Store
import Tensors

/// Manifest section `model` of SCAN with Transformers.
struct SCANTransformerModel: Settings {
  var width = 100
  var heads = 4
  var hidden = 200
  var encoderLayers = 3
  var decoderLayers = 3
  var dropout = 0.1

  static let schema = Schema<SCANTransformerModel>([
    .integer("width", \.width, in: 2...1024, unit: "units", paper: "100", "width of every layer"),
    .integer("heads", \.heads, in: 1...64, paper: "4", "attention heads; they divide the width"),
    .integer(
      "hidden", \.hidden, in: 1...4096, unit: "units", paper: "200",
      "units between the two linear layers"),
    .integer("encoder-layers", \.encoderLayers, in: 1...12, paper: "3", "layers of the encoder"),
    .integer("decoder-layers", \.decoderLayers, in: 1...12, paper: "3", "layers of the decoder"),
    .number(
      "dropout", \.dropout, in: 0...0.99, unit: "probability", paper: "0.1",
      "on attention weights, sublayers and token vectors while the network is trained"),
  ])

  /// The network for the vocabularies of SCAN.
  var settings: EncoderDecoderTransformer<Float>.Settings {
    EncoderDecoderTransformer<Float>.Settings(
      inputTokens: SCAN.inputVocabulary.end, outputTokens: SCAN.outputVocabulary.end, width: width,
      heads: heads, hidden: hidden, encoderLayers: encoderLayers, decoderLayers: decoderLayers,
      dropout: dropout)
  }

  /// The network without its numbers.
  var outline: NetworkOutline {
    settings.outline(
      inputLength: SCANTask.meanInputLength, outputLength: SCANTask.meanOutputLength)
  }

  /// Rules that go beyond single keys.
  func validate() throws {
    guard width.isMultiple(of: heads) else {
      throw Failure(
        .manifestInvalid, "model.width is no multiple of model.heads",
        why: "every one of the \(heads) heads takes an equal part of \(width) units",
        help: "choose a width such as \(heads * max(1, width / heads))")
    }
  }
}

/// Section 4 with a Transformer: the same questions as ``SCANLSTM``.
///
/// Masks cover the projections of attention, the feed-forward layers, the output map and, by their
/// roles, the scales and shifts of layer normalisation. Fig. 4 of the ICLR paper.
struct SCANTransformer: Kind {
  typealias Configuration = StudySettings<SCANTask, SCANTransformerModel>

  let name = "scan-transformer"
  let summary =
    "Are weights for parts of SCAN shared with its systematic generalisation? (Transformer)"
  let section = "4"
  let version = 2
  let tables = Table.ofSCAN
  let artefacts: [Artefact] = [.weights, .masks, .controlMasks]

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    try c.model.validate()
    return try PreparedStudy(
      scan: c, network: c.model.outline,
      key: c.pretrainingKey(network: "scan-transformer", version: version),
      makeNetwork: { EncoderDecoderTransformer<Float>(c.model.settings, random: $0) },
      output: "output.weight",
      parts: { network, _ in
        // Early: the first two layers of encoder and decoder, and the output map.
        let early = c.mask.masked(network.outline).map(\.name).filter { name in
          name.hasPrefix("output.")
            || [
              "encoder.layers.0.", "encoder.layers.1.", "decoder.layers.0.", "decoder.layers.1.",
            ].contains(where: name.hasPrefix)
        }
        return .init(inputOutput: ["output.weight"], halves: [Set(early)])
      },
      predict: { request in
        let network = EncoderDecoderTransformer<Float>(
          c.model.settings, random: RandomSource(seed: 0))
        return try predict(with: network, inputTokens: SCAN.inputVocabulary.end, request)
      })
  }
}
