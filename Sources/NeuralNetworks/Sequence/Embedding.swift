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

  /// A new table of independent numbers from N(0, 1), from the stream `init/<name of the weight>`.
  ///
  /// - Parameters:
  ///   - name: the dotted name of the layer.
  ///   - tokens: V.
  ///   - width: D.
  ///   - random: the run's randomness.
  public init(name: String, tokens: Int, width: Int, random: RandomSource) {
    let name = join(name, "weight")
    weight = Parameter(
      name: name, role: .embedding,
      value: Initialization.normal(standardDeviation: 1).draw(
        weight: [tokens, width], from: random.stream("init/\(name)")))
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
    let value = pass.value(of: weight)
    let table = SampledTable(value, on: pass.graph)
    return pass.graph.gather(table.rows, rows: table.rows(ofTokens: tokens, groups: groups))
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
    precondition(shape.rank == 2 || shape.rank == 3, "a table of shape \(shape)")
    tokens = shape[shape.rank - 2]
    samples = shape.rank == 3 ? shape[0] : 1
    rows =
      shape.rank == 3
      ? graph.reshape(value, to: [samples * tokens, shape[shape.rank - 1]]) : value
  }

  /// The rows of tokens, each from the sample of its group.
  func rows(ofTokens tokens: [Int], groups: RowGroups) -> [Int] {
    precondition(
      tokens.count == groups.rows && tokens.allSatisfy { $0 >= 0 && $0 < self.tokens },
      "a token beyond 0..<\(self.tokens), or \(tokens.count) tokens for \(groups.rows) rows")
    precondition(
      samples == 1 || groups.count == samples,
      "a table of \(samples) samples for \(groups.count) groups")
    return (0..<groups.count).flatMap { group in
      let first = groups.sample(serving: group, of: samples) * self.tokens
      return tokens[groups[group]].map { first + $0 }
    }
  }
}
