import Tensors

extension Graph {
  /// Attention with several heads, after the projections and before the merge.
  ///
  /// For every element and head, with d = D / heads and the head's columns of queries Q, keys K
  /// and values V:
  ///
  ///     P = softmax(Q Kᵀ / √d)      over the keys that a query may see
  ///     Y = (P ⊙ f) V               with the factors f of dropout
  ///
  /// Shapes: queries N×D, keys and values M×2D (keys first) → N×D; factors: one for every head,
  /// query and key of every element, in this order.
  /// Edge cases: without elements the result is empty.
  /// Gradient: dV = (P ⊙ f)ᵀ dY; with dP = (dY Vᵀ) ⊙ f and dS = P ⊙ (dP − Σ dP ⊙ P),
  /// dQ = dS K / √d and dK = dSᵀ Q / √d.
  /// Complexity: 4 n m D operations per element of n queries and m keys; memory for the weights.
  /// PyTorch equivalent: `nn.functional.scaled_dot_product_attention(q, k, v)` of every element,
  /// with `is_causal`.
  ///
  /// - Parameters:
  ///   - queries: Q of all heads.
  ///   - keysAndValues: K, then V, of all heads.
  ///   - pattern: which rows attend to which.
  ///   - factors: those of dropout; none when nil.
  public func attention(
    queries: Value<Scalar>, keysAndValues: Value<Scalar>, pattern: AttentionPattern,
    factors: Tensor<Scalar>? = nil
  ) -> Value<Scalar> {
    let heads = AttentionHeads(
      pattern, queries: queries.shape, keysAndValues: keysAndValues.shape, factors: factors)
    let (y, probabilities) = heads.attend(queries.tensor, keysAndValues.tensor)
    return record(y, inputs: [queries, keysAndValues]) { dY, pull in
      let dScores = heads.scoreGradient(dY, keysAndValues.tensor, probabilities)
      pull.accumulate(into: queries) { dQueries, adds in
        heads.addQueryGradient(dScores, keysAndValues.tensor, to: &dQueries, adds: adds)
      }
      pull.accumulate(into: keysAndValues) { dKeysAndValues, adds in
        heads.addKeyValueGradient(
          dY, dScores, queries.tensor, probabilities, to: &dKeysAndValues, adds: adds)
      }
    }
  }
}

enum AttentionChecks: GradientCheckSource {
  static let operation = "Attention"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    let cases: [(heads: Int, width: Int, queries: [Int], keys: [Int], isCausal: Bool)] = [
      (1, 2, [2], [3], false), (2, 4, [1, 3], [2, 1], false), (2, 4, [3, 1], [3, 1], true),
      (1, 1, [2, 2], [2, 2], true), (3, 3, [1], [1], false), (1, 2, [], [], false),
    ]
    return cases.map { test in
      let pattern = pattern(test.heads, test.queries, test.keys, isCausal: test.isCausal)
      let rows = (test.queries.reduce(0, +), test.keys.reduce(0, +))
      // With one key every weight is 1: queries and keys have no effect.
      return OperationSample(
        "\(test.heads) heads of \(test.width) columns, \(test.queries) to \(test.keys)"
          + (test.isCausal ? ", causal" : ""),
        inputs: [.init([rows.0, test.width]), .init([rows.1, 2 * test.width])],
        inputsWithoutEffect: test.keys.allSatisfy { $0 == 1 } ? [0] : []
      ) { graph, v in
        graph.attention(queries: v[0], keysAndValues: v[1], pattern: pattern)
      }
    } + [
      OperationSample("dropout", inputs: [.init([3, 2]), .init([3, 4])]) { graph, v in
        let pattern = pattern(2, [2, 1], [2, 1], isCausal: false)
        let factors = Tensor<Scalar>([2, 0, 2, 2, 0, 2, 2, 0.5, 2, 1], shape: [10])
        return graph.attention(
          queries: v[0], keysAndValues: v[1], pattern: pattern, factors: factors)
      },
      OperationSample("rows that nobody sees", inputs: [.init([3, 2]), .init([4, 4])]) {
        graph, v in
        let pattern = AttentionPattern(heads: 1, queries: [0..<1], keys: [1..<3])
        return graph.attention(queries: v[0], keysAndValues: v[1], pattern: pattern)
      },
      OperationSample("reused input", inputs: [.init([3, 2])]) { graph, v in
        let pattern = pattern(1, [3], [3], isCausal: true)
        let y = graph.attention(
          queries: v[0], keysAndValues: graph.concatenate([v[0], v[0]], axis: 1),
          pattern: pattern)
        return graph.multiply(y, v[0])
      },
    ]
  }

  private static func pattern(
    _ heads: Int, _ queries: [Int], _ keys: [Int], isCausal: Bool
  ) -> AttentionPattern {
    AttentionPattern(
      heads: heads, queries: SequenceLayout(lengths: queries, packing: .byElement),
      keys: SequenceLayout(lengths: keys, packing: .byElement), isCausal: isCausal)
  }
}
