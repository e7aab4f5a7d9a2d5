import Autograd
import Tensors

/// Self-attention with projections, without mask of its own; see ``MultiHeadAttention``.
public struct AttentionDescription: LayerKind {
  /// The number of heads.
  public let heads: Int
  /// p, for the attention weights.
  public let dropout: Double
  /// Whether a row sees nothing after its own place.
  public let isCausal: Bool

  /// A layer of so many heads.
  public init(heads: Int, dropout: Double = 0, isCausal: Bool = false) {
    self.heads = heads
    self.dropout = dropout
    self.isCausal = isCausal
  }

  /// `attention`.
  public var title: String { "attention" }

  /// W_q, W_kv, W_m: names and sizes. Each D×D matrix, those of keys and values as well, is drawn by
  /// Xavier's uniform rule.
  static func projections(
    name: String, width: Int, heads: Int
  ) -> [(name: String, description: LinearDescription)] {
    [("query", 1, 0), ("key_value", 2, 0), ("merge", 1, 1)].map { projection, parts, axis in
      var description = LinearDescription(
        outputs: parts * width, hasBias: false, weightInitialization: .xavierUniform(gain: 1))
      description.parts = parts
      description.heads = HeadLayout(attention: name, heads: heads, axis: axis, parts: parts)
      return (join(name, projection), description)
    }
  }

  /// T×D → the same.
  public func output(of input: Shape) throws(DescriptionError) -> Shape {
    guard input.rank == 2, heads > 0, input[1] % heads == 0 else {
      throw DescriptionError("\(heads) heads for an input \(input): they divide its width")
    }
    return input
  }

  /// W_q, W_kv, W_m, used once for every step.
  public func parameters(name: String, input: Shape) -> [ParameterUse] {
    Self.parameters(
      name: name, width: input[1], heads: heads, queries: Double(input[0]), keys: Double(input[0]))
  }

  /// W_q, W_kv, W_m for numbers of rows that ask and of rows that are asked.
  static func parameters(
    name: String, width: Int, heads: Int, queries: Double, keys: Double
  ) -> [ParameterUse] {
    zip(projections(name: name, width: width, heads: heads), [queries, keys, queries]).flatMap {
      part, uses in
      part.description.parameters(name: part.name, inputs: width, uses: uses)
    }
  }

  /// A ``MultiHeadAttention`` of sequences of equal lengths to themselves.
  public func makeLayer<Scalar: TensorScalar>(
    name: String, input: Shape, random: RandomSource
  ) -> any Module<Scalar> {
    EvenSequences(
      MultiHeadAttention<Scalar>(self, name: name, width: input[1], random: random), inputRank: 3
    ) { [isCausal] attention, x, layout, pass in
      attention.forward(
        x, layout: layout, memory: x, memoryLayout: layout, isCausal: isCausal, in: pass)
    }
  }
}

extension LayerDescription {
  /// Self-attention over sequences of equal lengths; see ``MultiHeadAttention``.
  public static func attention(
    _ name: String, heads: Int, dropout: Double = 0, isCausal: Bool = false
  ) -> LayerDescription {
    LayerDescription(
      name, AttentionDescription(heads: heads, dropout: dropout, isCausal: isCausal))
  }
}
