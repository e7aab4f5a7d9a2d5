import Statistics
import Testing

@Suite struct ResamplingTests {
  /// Two pairs that resemble each other within: the given division is the best of the three, and each
  /// counts for both orders of its groups.
  @Test func `exact p of four things`() {
    let similarities = [
      [1, 0.9, 0.1, 0.2], [0.9, 1, 0.3, 0.1], [0.1, 0.3, 1, 0.8], [0.2, 0.1, 0.8, 1],
    ]
    #expect(abs(GroupPermutation.p(similarities: similarities, first: 2) - 1.0 / 3) < 1e-12)
    // Labels exchanged: within .1 and .1, less than any other division.
    let order = [0, 2, 1, 3]
    let mixed = order.map { i in order.map { similarities[i][$0] } }
    #expect(GroupPermutation.p(similarities: mixed, first: 2) == 1)
  }

  @Test func `exact p of six equal things`() {
    let equal = [[Double]](repeating: [Double](repeating: 0.5, count: 6), count: 6)
    #expect(GroupPermutation.p(similarities: equal, first: 3) == 1)
    #expect(GroupPermutation.p(similarities: equal, first: 2) == 1)
  }

  /// Ten divisions of six things into three and three.
  @Test func `the least p of two groups of three`() {
    let similarities = (0..<6).map { i in (0..<6).map { ($0 < 3) == (i < 3) ? 0.7 : 0.2 } }
    #expect(abs(GroupPermutation.p(similarities: similarities, first: 3) - 0.1) < 1e-12)
  }

  @Test func `percentiles of given resamples`() throws {
    let resamples = [[0, 0], [0, 1], [1, 0], [1, 1]]
    let found = try #require(
      Bootstrap.interval(ofMeanOf: [1, 2, .nan], confidence: 0.8, resamples: 4) { resample, bound in
        #expect(bound == 2)
        return resamples[resample]
      })
    // numpy.percentile([1, 1.5, 1.5, 2], [10, 90]) = [1.15, 1.85].
    #expect(abs(found.low - 1.15) < 1e-12)
    #expect(abs(found.high - 1.85) < 1e-12)
  }

  @Test func `equal values have a narrow interval and single ones none`() throws {
    let found = try #require(
      Bootstrap.interval(ofMeanOf: [0.25, 0.25, 0.25], resamples: 50) { resample, bound in
        (0..<bound).map { ($0 + resample) % bound }
      })
    #expect(found.low == 0.25 && found.high == 0.25)
    #expect(Bootstrap.interval(ofMeanOf: [1], resamples: 5) { _, _ in [0] } == nil)
    #expect(Bootstrap.interval(ofMeanOf: [1, .nan], resamples: 5) { _, _ in [0] } == nil)
  }
}
