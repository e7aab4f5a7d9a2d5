import Masks
import Tensors
import Testing

@Suite struct MaskHistogramTests {
  @Test func binsOfProbabilities() {
    var histogram = MaskHistogram(bins: 4)
    // σ: 0, 0.018, 0.5, 0.731, 1.
    histogram.add(logits: Tensor([-1000, -4, 0, 1, 1000], shape: [5]), by: GumbelSigmoid())
    #expect(histogram.counts == [2, 0, 2, 1])
    #expect(histogram.lowerEdge(3) == 0.75)
  }

  @Test func countsAddUp() {
    var histogram = MaskHistogram()
    let logits: Tensor<Float> = RandomSource(seed: 1).stream("l").normal(
      [1000], standardDeviation: 20)
    histogram.add(logits: logits, by: GumbelSigmoid())
    histogram.add(logits: logits, by: GumbelSigmoid())
    #expect(histogram.counts.count == 500)
    #expect(histogram.counts.reduce(0, +) == 2000)
  }
}

@Suite struct MaskConvergenceTests {
  private func convergence(_ fractions: [Double]) -> Bool {
    var result = MaskConvergence()
    for (index, fraction) in fractions.enumerated() {
      result.note(step: (index + 1) * 100, keptFraction: fraction)
    }
    return result.hasConverged
  }

  @Test func onlyTheLastTenthCounts() {
    let falling = (0..<90).map { 1 - Double($0) / 100 }
    #expect(convergence(falling + [Double](repeating: 0.1, count: 11)))
    #expect(!convergence(falling))
    #expect(!convergence(falling + [Double](repeating: 0.1, count: 9) + [0.111]))
    #expect(!convergence([0.5]))
    #expect(!convergence([]))
  }
}
