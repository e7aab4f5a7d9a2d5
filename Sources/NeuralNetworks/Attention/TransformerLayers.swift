import Autograd
import Tensors

/// The sizes that all layers of a Transformer share.
struct TransformerSizes {
  let width: Int
  let heads: Int
  let hidden: Int
  let dropout: Double
}

extension TransformerSizes {
  /// The parts of a layer: attentions and the feed-forward layers, each with the normalisation
  /// after it.
  ///
  /// - Parameters:
  ///   - name: the dotted name of the layer.
  ///   - attentions: name of each attention, and how many rows it asks.
  ///   - rows: mean number of rows of an example.
  func outline(
    name: String, attentions: [(part: String, keys: Double)], rows: Double
  ) -> [LayerOutline] {
    func part(
      _ part: String, _ kind: String, _ parameters: [ParameterUse], inputs: Int? = nil,
      outputs: Int? = nil
    ) -> LayerOutline {
      LayerOutline(
        name: part, kind: kind, input: [inputs ?? width], output: [outputs ?? width],
        parameters: parameters)
    }
    func norm(_ number: Int) -> LayerOutline {
      let norm = LayerNormDescription()
      let name = join(name, "norm\(number)")
      return part(name, norm.title, norm.parameters(name: name, width: width, uses: rows))
    }
    let asking = attentions.enumerated().flatMap { index, attention in
      let name = join(name, attention.part)
      let parameters = AttentionDescription.parameters(
        name: name, width: width, heads: heads, queries: rows, keys: attention.keys)
      return [part(name, "attention", parameters), norm(index + 1)]
    }
    let linear = TransformerFeedForward<Float>.layers(name: name, width: width, hidden: hidden)
      .map { layer in
        part(
          layer.name, layer.description.title,
          layer.description.parameters(name: layer.name, inputs: layer.inputs, uses: rows),
          inputs: layer.inputs, outputs: layer.description.outputs)
      }
    let relu = part("\(linear[0].name).relu", "relu", [], inputs: hidden, outputs: hidden)
    return asking + [linear[0], relu, linear[1], norm(attentions.count + 1)]
  }
}

/// Self-attention, then two linear layers, each with a way around it and normalisation after.
///
/// Parameters: `self_attn.…`, `norm1.…`, `linear1.…`, `linear2.…`, `norm2.…`.
struct TransformerEncoderLayer<Scalar: TensorScalar>: ParameterContainer {
  private let attention: MultiHeadAttention<Scalar>
  private let attentionEnd: ResidualNorm<Scalar>
  private let feedForward: TransformerFeedForward<Scalar>
  private let end: ResidualNorm<Scalar>

  init(name: String, _ sizes: TransformerSizes, random: RandomSource) {
    attention = MultiHeadAttention(
      name: join(name, "self_attn"), width: sizes.width, heads: sizes.heads,
      dropout: sizes.dropout, random: random)
    attentionEnd = ResidualNorm(
      name: join(name, "norm1"), width: sizes.width, dropout: sizes.dropout)
    feedForward = TransformerFeedForward(
      name: name, width: sizes.width, hidden: sizes.hidden, dropout: sizes.dropout,
      random: random)
    end = ResidualNorm(name: join(name, "norm2"), width: sizes.width, dropout: sizes.dropout)
  }

  var parameters: [Parameter<Scalar>] {
    attention.parameters + attentionEnd.parameters + feedForward.parameters + end.parameters
  }

  func forward(
    _ x: PackedRows<Scalar>, in pass: ForwardPass<Scalar>
  ) -> PackedRows<Scalar> {
    let answer = attention.forward(
      x, keysAndValues: attention.keysAndValues(of: x, in: pass), isCausal: false, in: pass)
    let y = attentionEnd.forward(x, plus: answer, in: pass)
    return end.forward(y, plus: feedForward.forward(y, in: pass), in: pass)
  }
}

/// Causal self-attention, attention to the encoder's rows, then two linear layers, each with a way
/// around it and normalisation after.
///
/// Parameters: `self_attn.…`, `norm1.…`, `multihead_attn.…`, `norm2.…`, `linear1.…`, `linear2.…`,
/// `norm3.…`.
struct TransformerDecoderLayer<Scalar: TensorScalar>: ParameterContainer {
  private let selfAttention: MultiHeadAttention<Scalar>
  private let selfAttentionEnd: ResidualNorm<Scalar>
  private let memoryAttention: MultiHeadAttention<Scalar>
  private let memoryAttentionEnd: ResidualNorm<Scalar>
  private let feedForward: TransformerFeedForward<Scalar>
  private let end: ResidualNorm<Scalar>

  init(name: String, _ sizes: TransformerSizes, random: RandomSource) {
    func attention(_ part: String) -> MultiHeadAttention<Scalar> {
      MultiHeadAttention(
        name: join(name, part), width: sizes.width, heads: sizes.heads, dropout: sizes.dropout,
        random: random)
    }
    func end(_ part: String) -> ResidualNorm<Scalar> {
      ResidualNorm(name: join(name, part), width: sizes.width, dropout: sizes.dropout)
    }
    selfAttention = attention("self_attn")
    selfAttentionEnd = end("norm1")
    memoryAttention = attention("multihead_attn")
    memoryAttentionEnd = end("norm2")
    feedForward = TransformerFeedForward(
      name: name, width: sizes.width, hidden: sizes.hidden, dropout: sizes.dropout,
      random: random)
    self.end = end("norm3")
  }

  var parameters: [Parameter<Scalar>] {
    selfAttention.parameters + selfAttentionEnd.parameters + memoryAttention.parameters
      + memoryAttentionEnd.parameters + feedForward.parameters + end.parameters
  }

  /// The keys and values of the encoder's rows, the same for all steps of decoding.
  func memoryKeysAndValues(
    of memory: PackedRows<Scalar>, in pass: ForwardPass<Scalar>
  ) -> PackedRows<Scalar> {
    memoryAttention.keysAndValues(of: memory, in: pass)
  }

  /// The keys and values of the decoder's own rows.
  func keysAndValues(
    of x: PackedRows<Scalar>, in pass: ForwardPass<Scalar>
  ) -> PackedRows<Scalar> {
    selfAttention.keysAndValues(of: x, in: pass)
  }

  /// The rows' answers.
  ///
  /// - Parameters:
  ///   - x: the rows.
  ///   - own: the keys and values that they see of their own sequences.
  ///   - isCausal: whether a row sees nothing of them after its own place; false when there is
  ///     nothing after it.
  ///   - memory: the keys and values of the encoder's rows.
  ///   - pass: the circumstances.
  func forward(
    _ x: PackedRows<Scalar>, own: PackedRows<Scalar>, isCausal: Bool,
    memory: PackedRows<Scalar>, in pass: ForwardPass<Scalar>
  ) -> PackedRows<Scalar> {
    let toItself = selfAttention.forward(x, keysAndValues: own, isCausal: isCausal, in: pass)
    let y = selfAttentionEnd.forward(x, plus: toItself, in: pass)
    let toMemory = memoryAttention.forward(y, keysAndValues: memory, isCausal: false, in: pass)
    let z = memoryAttentionEnd.forward(y, plus: toMemory, in: pass)
    return end.forward(z, plus: feedForward.forward(z, in: pass), in: pass)
  }
}
