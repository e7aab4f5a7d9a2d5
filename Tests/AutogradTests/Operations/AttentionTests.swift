import Autograd
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct AttentionTests {
  private let stream = RandomSource(seed: 12).stream("attention")

  /// Query by query and key by key, from the definition.
  @Test(arguments: [false, true])
  func `equals loops`(_ isCausal: Bool) {
    let (heads, width) = (2, 6)
    let lengths = (queries: [3, 1, 2], keys: isCausal ? [3, 1, 2] : [2, 4, 1])
    let queries = SequenceLayout(lengths: lengths.queries, packing: .byElement)
    let keys = SequenceLayout(lengths: lengths.keys, packing: .byElement)
    let q: Tensor<Double> = stream.uniform([queries.rows, width], in: -2...2, step: 0)
    let kv: Tensor<Double> = stream.uniform([keys.rows, 2 * width], in: -2...2, step: 1)
    let graph = Graph<Double>()
    let pattern = AttentionPattern(
      heads: heads, queries: queries, keys: keys, isCausal: isCausal)
    let y = graph.attention(
      queries: graph.constant(q), keysAndValues: graph.constant(kv), pattern: pattern)
    for element in 0..<3 {
      for (time, row) in queries.rows(of: element).enumerated() {
        for head in 0..<heads {
          let columns = head * 3..<(head + 1) * 3
          let seen =
            isCausal
            ? Array(keys.rows(of: element).prefix(time + 1))
            : Array(keys.rows(of: element))
          let scores = seen.map { key in
            columns.reduce(0.0) { $0 + q[row, $1] * kv[key, $1] } / 3.0.squareRoot()
          }
          let total = scores.reduce(0) { $0 + exp($1) }
          for column in columns {
            let expected = zip(seen, scores).reduce(0.0) {
              $0 + exp($1.1) / total * kv[$1.0, width + column]
            }
            expectClose(y.tensor[row, column], expected, absolute: 1e-14)
          }
        }
      }
    }
  }

  @Test func `factors of dropout act on the weights after the softmax`() {
    let graph = Graph<Double>()
    let pattern = AttentionPattern(heads: 1, queries: [0..<1], keys: [0..<2])
    let y = graph.attention(
      queries: graph.constant(Tensor([0], shape: [1, 1])),
      keysAndValues: graph.constant(Tensor([1, 10, 2, 20], shape: [2, 2])), pattern: pattern,
      factors: Tensor([3, 0], shape: [2]))
    #expect(y.tensor.scalars == [0.5 * 3 * 10])
  }

  @Test func `large scores stay finite`() {
    let graph = Graph<Float>()
    let pattern = AttentionPattern(heads: 1, queries: [0..<2], keys: [0..<2], isCausal: true)
    let y = graph.attention(
      queries: graph.constant(Tensor([1e3, -1e3], shape: [2, 1])),
      keysAndValues: graph.constant(Tensor([1e3, 1, -1e3, 2], shape: [2, 2])), pattern: pattern)
    #expect(y.tensor.scalars == [1, 2])
  }

  @Test func `heads that do not divide the width are refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.attention(
        queries: graph.constant(Tensor(zeros: [1, 3])),
        keysAndValues: graph.constant(Tensor(zeros: [1, 6])),
        pattern: AttentionPattern(heads: 2, queries: [0..<1], keys: [0..<1]))
    }
  }

  @Test func `causal attention needs as many keys as queries`() async {
    await #expect(processExitsWith: .failure) {
      _ = AttentionPattern(heads: 1, queries: [0..<1], keys: [0..<2], isCausal: true)
    }
  }

  @Test func `elements that share queries are refused`() async {
    await #expect(processExitsWith: .failure) {
      _ = AttentionPattern(heads: 1, queries: [2..<4, 0..<3], keys: [0..<2, 2..<4])
    }
  }

  @Test func `elements that share keys are refused`() async {
    await #expect(processExitsWith: .failure) {
      _ = AttentionPattern(heads: 1, queries: [0..<1, 1..<2], keys: [0..<2, 1..<3])
    }
  }

  @Test func `rows that no element has get zeros, whatever the order of the elements`() {
    let graph = Graph<Float>()
    let values = Tensor<Float>([1, 10, 2, 20, 3, 30], shape: [3, 2])
    // Two of the three rows: the sizes add up to the rows of a smaller batch.
    let pattern = AttentionPattern(heads: 1, queries: [2..<3, 0..<1], keys: [2..<3, 0..<1])
    let (q, kv) = (graph.variable(Tensor(zeros: [3, 1])), graph.variable(values))
    let y = graph.attention(queries: q, keysAndValues: kv, pattern: pattern)
    #expect(y.tensor.scalars == [10, 0, 30])
    graph.backward(from: y, seed: Tensor(repeating: 1, shape: [3, 1]))
    #expect(graph.gradient(of: kv)?.scalars == [0, 1, 0, 0, 0, 1])
    #expect(graph.gradient(of: q)?.scalars == [0, 0, 0])
  }

  @Test func `ranges beyond the rows are refused, though their sizes add up to the rows`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      let pattern = AttentionPattern(heads: 1, queries: [0..<1, 2..<3], keys: [0..<1, 1..<2])
      _ = graph.attention(
        queries: graph.constant(Tensor(zeros: [2, 1])),
        keysAndValues: graph.constant(Tensor(zeros: [2, 2])), pattern: pattern)
    }
  }
}
