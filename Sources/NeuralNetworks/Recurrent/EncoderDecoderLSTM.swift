import Autograd
import Tensors

/// Two stacks of long short-term memory: one reads the input sequence, the other one starts from
/// its final states and writes the output sequence.
///
/// Dropout acts on the embeddings and between layers.
/// Parameters: `encoder.embedding.weight`, `encoder.lstm.…`, `decoder.embedding.weight`,
/// `decoder.lstm.…`, `decoder.output.weight`, `decoder.output.bias`.
/// Reference: Csordás et al., Are neural nets modular? (ICLR 2021), appendix on SCAN.
public struct EncoderDecoderLSTM<Scalar: TensorScalar>: SequenceToSequenceModel {
  /// The sizes of a network.
  public struct Settings: Sendable, Hashable {
    /// Number of input tokens, without the end mark.
    public var inputTokens: Int
    /// Number of output tokens, without the end mark.
    public var outputTokens: Int
    /// Width of the embeddings.
    public var embedding: Int
    /// H.
    public var units: Int
    /// Number of layers of the encoder, and of the decoder.
    public var layers: Int
    /// p.
    public var dropout: Double

    /// Sizes; the defaults are those of the papers.
    public init(
      inputTokens: Int, outputTokens: Int, embedding: Int = 16, units: Int = 200, layers: Int = 2,
      dropout: Double = 0.5
    ) {
      self.inputTokens = inputTokens
      self.outputTokens = outputTokens
      self.embedding = embedding
      self.units = units
      self.layers = layers
      self.dropout = dropout
    }
  }

  /// The sizes.
  public let settings: Settings
  /// The vectors of the input tokens.
  public let encoderEmbedding: Embedding<Scalar>
  /// Reads the input.
  public let encoder: LSTM<Scalar>
  /// The vectors of the output tokens.
  public let decoderEmbedding: Embedding<Scalar>
  /// Writes the output.
  public let decoder: LSTM<Scalar>
  /// From the decoder's state to the tokens.
  public let output: Linear<Scalar>
  let encoderDropout: Dropout<Scalar>
  let decoderDropout: Dropout<Scalar>

  /// A new network.
  public init(_ settings: Settings, random: RandomSource) {
    self.settings = settings
    func table(_ side: Settings.Side) -> Embedding<Scalar> {
      Embedding(settings.table(side), name: "\(side.rawValue).embedding", random: random)
    }
    func layers(_ side: Settings.Side) -> LSTM<Scalar> {
      LSTM(
        settings.stack, name: "\(side.rawValue).lstm", inputs: settings.embedding,
        random: random)
    }
    encoderEmbedding = table(.encoder)
    decoderEmbedding = table(.decoder)
    encoder = layers(.encoder)
    decoder = layers(.decoder)
    output = Linear(
      settings.output, name: Settings.outputName, inputs: settings.units, random: random)
    encoderDropout = Dropout(name: "encoder.embedding", rate: settings.dropout)
    decoderDropout = Dropout(name: "decoder.embedding", rate: settings.dropout)
  }

  /// Encoder, then decoder.
  public var parameters: [Parameter<Scalar>] {
    encoderEmbedding.parameters + encoder.parameters + decoderEmbedding.parameters
      + decoder.parameters + output.parameters
  }

  /// The token after the last one of the outputs' vocabulary.
  public var outputMark: Int { settings.outputTokens }

  // MARK: Training

  /// The logits with the right tokens as the decoder's inputs.
  public func logits(
    for pairs: SequencePairs, in pass: ForwardPass<Scalar>
  ) -> (rows: Value<Scalar>, layout: SequenceLayout) {
    logits(for: pairs, feeding: .reference, in: pass)
  }

  /// The logits with the right tokens or the decoder's own ones as its inputs.
  ///
  /// Own tokens are those of a greedy decoding for as many steps as the right answer has, end mark
  /// included, with the same dropout; as nothing flows through the choice of a token, the gradient
  /// is that of a pass in which these tokens are given. Since they are found step by step, each step
  /// is cut into the samples of the output layer by itself, whatever ``OutputGroups`` say.
  public func logits(
    for pairs: SequencePairs, feeding: DecoderFeeding, in pass: ForwardPass<Scalar>
  ) -> (rows: Value<Scalar>, layout: SequenceLayout) {
    let layout = SequenceLayout(
      lengths: pairs.outputs.map { $0.count + 1 }, samples: pass.samples, packing: .byStep)
    let states = encode(pairs.inputs, in: pass)
    var fed = pairs.outputs
    var traces: [LSTMTrace<Scalar>]?
    if feeding == .own {
      let own = ownTokens(from: states, layout: layout, in: pass)
      fed = own.tokens.map { $0.dropLast() }
      traces = own.traces
    }
    let tokens = layout.pack(fed.map { [outputMark] + $0 })
    let x = decoderDropout.forward(
      decoderEmbedding.forward(tokens, groups: layout.groups, in: pass), in: pass)
    let hidden = decoder.forward(
      x, layout: layout, initial: states, traces: traces, in: pass
    ).hidden
    let rows =
      feeding == .own
      ? pass.linear(hidden, weight: output.weight, bias: output.bias, groups: layout.groups)
      : pass.outputs(of: output, hidden, layout: layout, groups: layout.groups)
    return (pass.site(Settings.outputName, rows), layout)
  }

  /// The loss with the right tokens or the decoder's own ones as its inputs.
  public func loss(
    of pairs: SequencePairs, feeding: DecoderFeeding, in pass: ForwardPass<Scalar>
  ) -> Value<Scalar> {
    let (rows, layout) = logits(for: pairs, feeding: feeding, in: pass)
    return loss(of: pairs, logits: rows, layout: layout, in: pass)
  }

  /// The states of the encoder's layers after the end mark.
  func encode(
    _ inputs: [[Int]], in pass: ForwardPass<Scalar>
  ) -> [LSTMState<Scalar>] {
    let layout = SequenceLayout(
      lengths: inputs.map { $0.count + 1 }, samples: pass.samples, packing: .byStep)
    let tokens = layout.pack(inputs.map { $0 + [settings.inputTokens] })
    let x = encoderDropout.forward(
      encoderEmbedding.forward(tokens, groups: layout.groups, in: pass), in: pass)
    return encoder.forward(x, layout: layout, in: pass).final
  }
}

extension EncoderDecoderLSTM.Settings {
  /// The halves of the network.
  enum Side: String {
    case encoder
    case decoder
  }

  static var outputName: String { "decoder.output" }

  var stack: LSTMDescription {
    LSTMDescription(units: units, layers: layers, dropout: dropout)
  }

  var output: LinearDescription { LinearDescription(outputs: outputTokens + 1) }

  func table(_ side: Side) -> EmbeddingDescription {
    EmbeddingDescription(
      tokens: (side == .encoder ? inputTokens : outputTokens) + 1, width: embedding)
  }

  /// The network without its numbers.
  ///
  /// - Parameters:
  ///   - inputLength: mean number of tokens of an input.
  ///   - outputLength: mean number of tokens of an output.
  public func outline(inputLength: Double, outputLength: Double) -> NetworkOutline {
    func half(_ side: Side, _ length: Double) -> [LayerOutline] {
      let name = "\(side.rawValue).embedding"
      let table = table(side)
      return [
        LayerOutline(
          name: name, kind: table.title, input: [table.tokens], output: [embedding],
          parameters: [ParameterUse(table.weight(name: name), uses: length)]),
        stack.outline(name: "\(side.rawValue).lstm", inputs: embedding, steps: length),
      ]
    }
    let end = LayerOutline(
      name: Self.outputName, kind: output.title, input: [units], output: [output.outputs],
      parameters: output.parameters(name: Self.outputName, inputs: units, uses: outputLength))
    return NetworkOutline(
      layers: half(.encoder, inputLength) + half(.decoder, outputLength) + [end],
      input: [inputTokens + 1], output: [output.outputs], readsSteps: true)
  }
}
