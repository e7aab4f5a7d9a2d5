import Autograd
import Tensors

/// An encoder and a decoder of Transformer layers, normalised after every sublayer.
///
/// Token vectors plus sinusoidal positions go through dropout and the layers; the decoder's rows
/// give the logits of the next token. With tied embeddings one table serves both inputs and, with
/// logits scaled by 1/√D and no bias, the output.
///
/// Parameters: `input_embedding.weight`, `output_embedding.weight` (tied: `embedding.weight`),
/// `encoder.layers.<l>.…`, `decoder.layers.<l>.…`, `output.weight`, `output.bias` (tied: none).
/// Reference: Vaswani et al., Attention is all you need (2017); sizes and initial values as in
/// Csordás et al., Are neural nets modular? (ICLR 2021).
public struct EncoderDecoderTransformer<Scalar: TensorScalar>: SequenceToSequenceModel {
  /// The sizes of a network.
  public struct Settings: Sendable, Hashable {
    /// Number of input tokens, without the end mark.
    public var inputTokens: Int
    /// Number of output tokens, without the end mark.
    public var outputTokens: Int
    /// D.
    public var width: Int
    /// Number of heads.
    public var heads: Int
    /// Units between the two linear layers.
    public var hidden: Int
    /// Number of layers of the encoder.
    public var encoderLayers: Int
    /// Number of layers of the decoder.
    public var decoderLayers: Int
    /// p.
    public var dropout: Double
    /// Whether one table serves inputs and outputs.
    public var isTied: Bool

    /// Sizes; the defaults are those of the papers for SCAN.
    public init(
      inputTokens: Int, outputTokens: Int, width: Int = 100, heads: Int = 4, hidden: Int = 200,
      encoderLayers: Int = 3, decoderLayers: Int = 3, dropout: Double = 0.1, isTied: Bool = false
    ) {
      self.inputTokens = inputTokens
      self.outputTokens = outputTokens
      self.width = width
      self.heads = heads
      self.hidden = hidden
      self.encoderLayers = encoderLayers
      self.decoderLayers = decoderLayers
      self.dropout = dropout
      self.isTied = isTied
    }
  }

  /// The sizes.
  public let settings: Settings
  /// The vectors of the input tokens.
  public let inputEmbedding: Embedding<Scalar>
  /// The vectors of the output tokens; the same as ``inputEmbedding`` when tied.
  public let outputEmbedding: Embedding<Scalar>
  /// From the decoder's rows to the tokens; nil when tied.
  public let output: Linear<Scalar>?
  let encoderLayers: [TransformerEncoderLayer<Scalar>]
  let decoderLayers: [TransformerDecoderLayer<Scalar>]
  private let inputDropout: Dropout<Scalar>
  private let outputDropout: Dropout<Scalar>

  /// A new network.
  ///
  /// - Precondition: equally many input and output tokens when tied.
  public init(_ settings: Settings, random: RandomSource) {
    require(
      !settings.isTied || settings.inputTokens == settings.outputTokens,
      "one table for \(settings.inputTokens) input and \(settings.outputTokens) output tokens")
    self.settings = settings
    let tables = settings.tables.map { name, table in
      Embedding<Scalar>(table, name: name, random: random)
    }
    (inputEmbedding, outputEmbedding) = (tables[0], tables[tables.count - 1])
    output = settings.output.map {
      Linear($0, name: Settings.outputName, inputs: settings.width, random: random)
    }
    let sizes = settings.layerSizes
    encoderLayers = (0..<settings.encoderLayers).map {
      TransformerEncoderLayer(name: "encoder.layers.\($0)", sizes, random: random)
    }
    decoderLayers = (0..<settings.decoderLayers).map {
      TransformerDecoderLayer(name: "decoder.layers.\($0)", sizes, random: random)
    }
    inputDropout = Dropout(name: "encoder.positions", rate: settings.dropout)
    outputDropout = Dropout(name: "decoder.positions", rate: settings.dropout)
  }

  /// Tables, encoder, decoder, output.
  public var parameters: [Parameter<Scalar>] {
    inputEmbedding.parameters + (settings.isTied ? [] : outputEmbedding.parameters)
      + encoderLayers.flatMap(\.parameters) + decoderLayers.flatMap(\.parameters)
      + (output?.parameters ?? [])
  }

  /// The token after the last one of the outputs' vocabulary.
  public var outputMark: Int { settings.outputTokens }

  /// The logits with the right tokens as the decoder's inputs.
  public func logits(
    for pairs: SequencePairs, in pass: ForwardPass<Scalar>
  ) -> (rows: Value<Scalar>, layout: SequenceLayout) {
    let layout = SequenceLayout(
      lengths: pairs.outputs.map { $0.count + 1 }, samples: pass.samples, packing: .byElement)
    let memory = encode(pairs.inputs, in: pass)
    var x = PackedRows(
      embed(
        layout.pack(pairs.outputs.map { [outputMark] + $0 }), at: layout.steps,
        groups: layout.groups, isOutput: true, in: pass),
      layout)
    for layer in decoderLayers {
      x = layer.forward(
        x, own: layer.keysAndValues(of: x, in: pass), isCausal: true,
        memory: layer.memoryKeysAndValues(of: memory, in: pass), in: pass)
    }
    return (logits(of: x, in: pass), layout)
  }

  // MARK: Parts

  /// The encoder's rows.
  func encode(_ inputs: [[Int]], in pass: ForwardPass<Scalar>) -> PackedRows<Scalar> {
    let layout = SequenceLayout(
      lengths: inputs.map { $0.count + 1 }, samples: pass.samples, packing: .byElement)
    let x = embed(
      layout.pack(inputs.map { $0 + [settings.inputTokens] }), at: layout.steps,
      groups: layout.groups, isOutput: false, in: pass)
    return encoderLayers.reduce(PackedRows(x, layout)) { x, layer in
      layer.forward(x, in: pass)
    }
  }

  /// The vectors of tokens at their positions.
  func embed(
    _ tokens: [Int], at positions: [Int], groups: RowGroups, isOutput: Bool,
    in pass: ForwardPass<Scalar>
  ) -> Value<Scalar> {
    let vectors = (isOutput ? outputEmbedding : inputEmbedding).forward(
      tokens, groups: groups, in: pass)
    let places: Tensor<Scalar> = PositionalEncoding.vectors(
      of: positions, width: settings.width)
    return (isOutput ? outputDropout : inputDropout).forward(
      pass.graph.add(vectors, pass.graph.constant(places)), in: pass)
  }

  /// The logits of the next tokens.
  func logits(of x: PackedRows<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    if let output {
      return pass.site(
        Settings.outputName,
        pass.linear(x.value, weight: output.weight, bias: output.bias, groups: x.groups))
    }
    let logits = pass.linear(x.value, weight: outputEmbedding.weight, groups: x.groups)
    return pass.site(
      Settings.outputName,
      pass.graph.scale(logits, by: Scalar(1 / Double(settings.width).squareRoot())))
  }
}

extension EncoderDecoderTransformer.Settings {
  fileprivate var layerSizes: TransformerSizes {
    TransformerSizes(width: width, heads: heads, hidden: hidden, dropout: dropout)
  }

  static var outputName: String { "output" }

  /// The tables of token vectors; one when tied.
  fileprivate var tables: [(name: String, table: EmbeddingDescription)] {
    func table(_ tokens: Int) -> EmbeddingDescription {
      EmbeddingDescription(tokens: tokens + 1, width: width)
    }
    return isTied
      ? [("embedding", table(inputTokens))]
      : [("input_embedding", table(inputTokens)), ("output_embedding", table(outputTokens))]
  }

  /// From the decoder's rows to the tokens; nil when tied.
  fileprivate var output: LinearDescription? {
    isTied
      ? nil
      : LinearDescription(
        outputs: outputTokens + 1, weightInitialization: .xavierUniform(gain: 1))
  }

  /// The network without its numbers.
  ///
  /// - Parameters:
  ///   - inputLength: mean number of tokens of an input.
  ///   - outputLength: mean number of tokens of an output.
  public func outline(inputLength: Double, outputLength: Double) -> NetworkOutline {
    let tables = zip(tables, [inputLength, outputLength]).map { part, length in
      LayerOutline(
        name: part.name, kind: part.table.title, input: [part.table.tokens], output: [width],
        parameters: [ParameterUse(part.table.weight(name: part.name), uses: length)])
    }
    let encoder = (0..<encoderLayers).flatMap {
      layerSizes.outline(
        name: "encoder.layers.\($0)", attentions: [("self_attn", inputLength)],
        rows: inputLength)
    }
    let decoder = (0..<decoderLayers).flatMap {
      layerSizes.outline(
        name: "decoder.layers.\($0)",
        attentions: [("self_attn", outputLength), ("multihead_attn", inputLength)],
        rows: outputLength)
    }
    let end = LayerOutline(
      name: Self.outputName, kind: "linear", input: [width], output: [outputTokens + 1],
      parameters: output?.parameters(
        name: Self.outputName, inputs: width, uses: outputLength) ?? [])
    return NetworkOutline(
      layers: tables + encoder + decoder + [end], input: [inputTokens + 1],
      output: [outputTokens + 1])
  }
}
