import Autograd
import Tensors

/// Attention with projections: every row asks the rows of its element's memory.
///
/// y = attention(x W_qᵀ, m W_kvᵀ) W_mᵀ with dropout on the attention weights; no biases
///
/// Shapes: x N×D, memory M×D → N×D.
/// Parameters: `query.weight` D×D, `key_value.weight` 2D×D (keys first), `merge.weight` D×D.
/// PyTorch equivalent: `nn.MultiheadAttention(D, heads, bias=False)` with `in_proj_weight` = W_q
/// above W_kv and `out_proj.weight` = W_m.
public struct MultiHeadAttention<Scalar: TensorScalar>: ParameterContainer {
  /// The dotted name, also of the site of the answers.
  public let name: String
  /// The number of heads.
  public let heads: Int
  /// W_q.
  public let query: Linear<Scalar>
  /// W_kv.
  public let keyValue: Linear<Scalar>
  /// W_m.
  public let merge: Linear<Scalar>
  private let dropout: Dropout<Scalar>

  /// A new layer. Its D×D matrices, those of keys and values each for itself, are drawn by Xavier's
  /// uniform rule: U(−a, a) with a = √(6 / 2D).
  ///
  /// - Parameters:
  ///   - name: the dotted name of the layer.
  ///   - width: D, divisible by the number of heads.
  ///   - heads: the number of heads.
  ///   - dropout: p, for the attention weights.
  ///   - random: the run's randomness.
  public init(name: String, width: Int, heads: Int, dropout: Double, random: RandomSource) {
    self.init(
      AttentionDescription(heads: heads, dropout: dropout), name: name, width: width,
      random: random)
  }

  /// A new layer.
  ///
  /// - Parameters:
  ///   - description: heads and dropout.
  ///   - name: the dotted name of the layer.
  ///   - width: D, divisible by the number of heads.
  ///   - random: the run's randomness.
  public init(
    _ description: AttentionDescription, name: String, width: Int, random: RandomSource
  ) {
    let heads = description.heads
    require(heads > 0 && width % heads == 0, "\(heads) heads for width \(width)")
    let parts = AttentionDescription.projections(name: name, width: width, heads: heads).map {
      part in
      Linear<Scalar>(part.description, name: part.name, inputs: width, random: random)
    }
    self.name = name
    self.heads = heads
    (query, keyValue, merge) = (parts[0], parts[1], parts[2])
    dropout = Dropout(name: join(name, "weights"), rate: description.dropout)
  }

  /// W_q, W_kv, W_m.
  public var parameters: [Parameter<Scalar>] {
    query.parameters + keyValue.parameters + merge.parameters
  }

  /// The rows' answers from their memory.
  ///
  /// - Parameters:
  ///   - x: N×D, packed by element.
  ///   - layout: where the rows of x lie.
  ///   - memory: M×D, packed by element; x itself for self-attention.
  ///   - memoryLayout: where the rows of the memory lie.
  ///   - isCausal: whether a row sees nothing after its own place.
  ///   - pass: the circumstances.
  public func forward(
    _ x: Value<Scalar>, layout: SequenceLayout, memory: Value<Scalar>,
    memoryLayout: SequenceLayout, isCausal: Bool = false, in pass: ForwardPass<Scalar>
  ) -> Value<Scalar> {
    let memory = PackedRows(memory, memoryLayout)
    return forward(
      PackedRows(x, layout), keysAndValues: keysAndValues(of: memory, in: pass),
      isCausal: isCausal, in: pass)
  }

  /// The keys and values of a memory.
  func keysAndValues(
    of memory: PackedRows<Scalar>, in pass: ForwardPass<Scalar>
  ) -> PackedRows<Scalar> {
    memory.with(pass.linear(memory.value, weight: keyValue.weight, groups: memory.groups))
  }

  /// The rows' answers from keys and values.
  func forward(
    _ x: PackedRows<Scalar>, keysAndValues: PackedRows<Scalar>, isCausal: Bool,
    in pass: ForwardPass<Scalar>
  ) -> Value<Scalar> {
    let pattern = AttentionPattern(
      heads: heads, queries: x.elements, keys: keysAndValues.elements, isCausal: isCausal)
    let y = pass.graph.attention(
      queries: pass.linear(x.value, weight: query.weight, groups: x.groups),
      keysAndValues: keysAndValues.value, pattern: pattern,
      factors: dropout.factors([pattern.weightCount], in: pass))
    return pass.site(name, pass.linear(y, weight: merge.weight, groups: x.groups))
  }
}
