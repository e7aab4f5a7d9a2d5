import Tensors

/// The products of attention, element by element and head by head, on columns of packed rows.
struct AttentionHeads<Scalar: TensorScalar> {
  /// One head of one element.
  private struct Block {
    /// Queries and keys.
    let queries: Int
    let keys: Int
    /// Where the head's columns begin: in N×D, in the keys of M×2D, and in its values.
    let query: Int
    let key: Int
    let value: Int
    /// Where its weights begin.
    let weights: Int
  }

  private let pattern: AttentionPattern
  private let rows: Int
  private let keyRows: Int
  /// D.
  private let width: Int
  /// d.
  private let columns: Int
  /// 1 / √d.
  private let scale: Scalar
  private let factors: Tensor<Scalar>?

  init(
    _ pattern: AttentionPattern, queries: Shape, keysAndValues: Shape, factors: Tensor<Scalar>?
  ) {
    require(
      queries.rank == 2 && keysAndValues.rank == 2 && keysAndValues[1] == 2 * queries[1]
        && queries[1] % pattern.heads == 0,
      "attention: \(pattern.heads) heads, queries \(queries), keys and values \(keysAndValues)")
    require(
      pattern.queries.allSatisfy { $0.upperBound <= queries[0] }
        && pattern.keys.allSatisfy { $0.upperBound <= keysAndValues[0] },
      "attention: a pattern for other rows than \(queries) and \(keysAndValues)")
    require(
      factors?.count ?? pattern.weightCount == pattern.weightCount,
      "attention: \(factors?.count ?? 0) factors for \(pattern.weightCount) weights")
    self.pattern = pattern
    rows = queries[0]
    keyRows = keysAndValues[0]
    width = queries[1]
    columns = width / pattern.heads
    scale = Scalar(1 / Double(max(1, columns)).squareRoot())
    self.factors = factors
  }

  private func forEachBlock(_ body: (Block) -> Void) {
    for element in pattern.queries.indices {
      let (queries, keys) = (pattern.queries[element], pattern.keys[element])
      for head in 0..<pattern.heads {
        let key = keys.lowerBound * 2 * width + head * columns
        body(
          Block(
            queries: queries.count, keys: keys.count,
            query: queries.lowerBound * width + head * columns, key: key, value: key + width,
            weights: pattern.offsets[element] + head * queries.count * keys.count))
      }
    }
  }

  // MARK: Forward

  func attend(
    _ q: Tensor<Scalar>, _ kv: Tensor<Scalar>
  ) -> (y: Tensor<Scalar>, probabilities: Tensor<Scalar>) {
    var y = Tensor<Scalar>(uninitialized: [rows, width])
    if !pattern.coversQueries(rows) { y.fill(0) }
    var probabilities = Tensor<Scalar>(uninitialized: [pattern.weightCount])
    var logSums = Tensor<Scalar>(uninitialized: [pattern.queries.map(\.count).max() ?? 0])
    q.read { q in
      kv.read { kv in
        probabilities.write { p in
          logSums.write { logSums in
            forEachBlock { block in
              Scalar.gemm(
                block.queries, block.keys, columns, scale: scale, q + block.query, stride: width,
                transposed: false, kv + block.key, stride: 2 * width, transposed: true,
                p + block.weights, stride: block.keys, adds: false)
              normalize(block, p + block.weights, logSums)
            }
          }
        }
      }
    }
    dropped(probabilities).read { weights in
      kv.read { kv in
        y.write { y in
          forEachBlock { block in
            Scalar.gemm(
              block.queries, columns, block.keys, scale: 1, weights + block.weights,
              stride: block.keys, transposed: false, kv + block.value, stride: 2 * width,
              transposed: false, y + block.query, stride: width, adds: false)
          }
        }
      }
    }
    return (y, probabilities)
  }

  /// Softmax of the scores of one head over the keys that each query may see; 0 for the others.
  private func normalize(_ block: Block, _ scores: Scalar.Out, _ logSums: Scalar.Out) {
    guard pattern.isCausal else {
      Scalar.softmaxRows(
        block.queries, block.keys, Scalar.In(scores), scores, logSum: logSums)
      return
    }
    for row in 0..<block.queries {
      let scores = scores + row * block.keys
      Scalar.softmaxRows(1, row + 1, Scalar.In(scores), scores, logSum: logSums)
      Scalar.fill(block.keys - row - 1, 0, scores + row + 1)
    }
  }

  /// P ⊙ f.
  private func dropped(_ probabilities: Tensor<Scalar>) -> Tensor<Scalar> {
    factors.map { probabilities * $0.reshaped(to: probabilities.shape) } ?? probabilities
  }

  // MARK: Backward

  /// dS of all heads, in the order of the weights.
  func scoreGradient(
    _ dY: Tensor<Scalar>, _ kv: Tensor<Scalar>, _ probabilities: Tensor<Scalar>
  ) -> Tensor<Scalar> {
    var result = Tensor<Scalar>(uninitialized: probabilities.shape)
    dY.read { dY in
      kv.read { kv in
        result.write { result in
          forEachBlock { block in
            Scalar.gemm(
              block.queries, block.keys, columns, scale: 1, dY + block.query, stride: width,
              transposed: false, kv + block.value, stride: 2 * width, transposed: true,
              result + block.weights, stride: block.keys, adds: false)
          }
        }
      }
    }
    if let factors { result.multiply(by: factors.reshaped(to: result.shape)) }
    probabilities.read { p in
      result.write { result in
        forEachBlock { block in
          softmaxGradient(
            block.queries, block.keys, p + block.weights, Scalar.In(result + block.weights),
            result + block.weights, adds: false)
        }
      }
    }
    return result
  }

  func addQueryGradient(
    _ dScores: Tensor<Scalar>, _ kv: Tensor<Scalar>, to dQ: inout Tensor<Scalar>, adds: Bool
  ) {
    if !adds && !pattern.coversQueries(rows) { dQ.fill(0) }
    dScores.read { dScores in
      kv.read { kv in
        dQ.write { dQ in
          forEachBlock { block in
            Scalar.gemm(
              block.queries, columns, block.keys, scale: scale, dScores + block.weights,
              stride: block.keys, transposed: false, kv + block.key, stride: 2 * width,
              transposed: false, dQ + block.query, stride: width, adds: adds)
          }
        }
      }
    }
  }

  func addKeyValueGradient(
    _ dY: Tensor<Scalar>, _ dScores: Tensor<Scalar>, _ q: Tensor<Scalar>,
    _ probabilities: Tensor<Scalar>, to dKV: inout Tensor<Scalar>, adds: Bool
  ) {
    if !adds && !pattern.coversKeys(keyRows) { dKV.fill(0) }
    dropped(probabilities).read { weights in
      dScores.read { dScores in
        dY.read { dY in
          q.read { q in
            dKV.write { dKV in
              forEachBlock { block in
                Scalar.gemm(
                  block.keys, columns, block.queries, scale: scale, dScores + block.weights,
                  stride: block.keys, transposed: true, q + block.query, stride: width,
                  transposed: false, dKV + block.key, stride: 2 * width, adds: adds)
                Scalar.gemm(
                  block.keys, columns, block.queries, scale: 1, weights + block.weights,
                  stride: block.keys, transposed: true, dY + block.query, stride: width,
                  transposed: false, dKV + block.value, stride: 2 * width, adds: adds)
              }
            }
          }
        }
      }
    }
  }
}
