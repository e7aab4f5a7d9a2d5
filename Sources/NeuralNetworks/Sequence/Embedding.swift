import Autograd
import Tensors

/// A table of vectors, one for every token.
///
/// Shapes: tokens N → N×D with weight V×D.
/// Parameters: `weight`, of role ``ParameterRole/embedding``.
/// PyTorch equivalent: `nn.Embedding(V, D)`.
public struct Embedding<Scalar: TensorScalar>: ParameterContainer {
  /// V×D.
  public let weight: Parameter<Scalar>
  /// The dotted name, also of the site of the vectors.
  public let name: String

  /// A new table of independent numbers from N(0, 1), from the stream `init/<name of the weight>`.
  ///
  /// - Parameters:
  ///   - name: the dotted name of the layer.
  ///   - tokens: V.
  ///   - width: D.
  ///   - random: the run's randomness.
  public init(name: String, tokens: Int, width: Int, random: RandomSource) {
    self.init(EmbeddingDescription(tokens: tokens, width: width), name: name, random: random)
  }

  /// A new table.
  ///
  /// - Parameters:
  ///   - description: V and D.
  ///   - name: the dotted name of the layer.
  ///   - random: the run's randomness.
  public init(_ description: EmbeddingDescription, name: String, random: RandomSource) {
    self.name = name
    weight = description.weight(name: name).makeParameter(
      .normal(standardDeviation: 1), random: random)
  }

  /// The table.
  public var parameters: [Parameter<Scalar>] { [weight] }

  /// The vectors of tokens.
  ///
  /// - Parameters:
  ///   - tokens: 0 ≤ token < V, in the order of the rows.
  ///   - groups: the rows that each sample of the table serves, when it comes in samples.
  ///   - pass: the circumstances.
  public func forward(
    _ tokens: [Int], groups: RowGroups, in pass: ForwardPass<Scalar>
  ) -> Value<Scalar> {
    pass.site(name, vectors(of: tokens, groups: groups, in: pass))
  }

  /// The vectors as they are in the table.
  func vectors(
    of tokens: [Int], groups: RowGroups, in pass: ForwardPass<Scalar>
  ) -> Value<Scalar> {
    let value = pass.value(of: weight)
    let table = SampledTable(value, on: pass.graph)
    return pass.graph.gather(table.rows, rows: table.rows(ofTokens: tokens, groups: groups))
  }
}

/// A table of token vectors; see ``Embedding``.
public struct EmbeddingDescription: LayerKind {
  /// V.
  public let tokens: Int
  /// D.
  public let width: Int

  /// A table V×D.
  public init(tokens: Int, width: Int) {
    self.tokens = tokens
    self.width = width
  }

  /// `embedding`.
  public var title: String { "embedding" }

  /// V×D.
  func weight(name: String) -> ParameterOutline {
    ParameterOutline(name: join(name, "weight"), role: .embedding, shape: [tokens, width])
  }

  /// T tokens → T×D.
  public func output(of input: Shape) throws(DescriptionError) -> Shape {
    guard input.rank == 1, tokens > 0, width > 0 else {
      throw DescriptionError("a table of \(tokens)×\(width) for an input \(input)")
    }
    return [input[0], width]
  }

  /// The table, used once for every token.
  public func parameters(name: String, input: Shape) -> [ParameterUse] {
    [ParameterUse(weight(name: name), uses: Double(input[0]))]
  }

  /// A table for tokens that are given as numbers.
  public func makeLayer<Scalar: TensorScalar>(
    name: String, input: Shape, random: RandomSource
  ) -> any Module<Scalar> {
    EvenSequences(Embedding<Scalar>(self, name: name, random: random), inputRank: 2) {
      embedding, x, layout, pass in
      let tokens = x.tensor.scalars.map { Int(Double($0)) }
      return embedding.vectors(of: tokens, groups: layout.groups, in: pass)
    }
  }
}

extension LayerDescription {
  /// The vectors of tokens, which are given as numbers; see ``Embedding``.
  public static func embedding(
    _ name: String, tokens: Int, width: Int
  ) -> LayerDescription {
    LayerDescription(name, EmbeddingDescription(tokens: tokens, width: width))
  }
}

/// A table V×D, or samples S×V×D of it, as rows.
struct SampledTable<Scalar: TensorScalar> {
  /// V×D or S·V×D.
  let rows: Value<Scalar>
  private let tokens: Int
  private let samples: Int

  init(_ value: Value<Scalar>, on graph: Graph<Scalar>) {
    let shape = value.shape
    require(shape.rank == 2 || shape.rank == 3, "a table of shape \(shape)")
    tokens = shape[shape.rank - 2]
    samples = shape.rank == 3 ? shape[0] : 1
    rows =
      shape.rank == 3
      ? graph.reshape(value, to: [samples * tokens, shape[shape.rank - 1]]) : value
  }

  /// The rows of tokens, each from the sample of its group.
  func rows(ofTokens tokens: [Int], groups: RowGroups) -> [Int] {
    require(
      tokens.count == groups.rows && tokens.allSatisfy { $0 >= 0 && $0 < self.tokens },
      "a token beyond 0..<\(self.tokens), or \(tokens.count) tokens for \(groups.rows) rows")
    require(
      samples == 1 || groups.count == samples,
      "a table of \(samples) samples for \(groups.count) groups")
    return (0..<groups.count).flatMap { group in
      let first = groups.sample(serving: group, of: samples) * self.tokens
      return tokens[groups[group]].map { first + $0 }
    }
  }
}
