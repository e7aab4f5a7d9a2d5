import Autograd
import Masks
import Tensors
import Testing

@Suite struct SampledMasksTests {
  @Test func gradientChecksPass() {
    #expect(!MaskGradientChecks.all.isEmpty)
    for check in MaskGradientChecks.all {
      let report = check.run()
      #expect(report.passed, "\(report)")
    }
  }

  /// The hard samples' backward pass is the soft samples' one for the logits, and selects for the
  /// weights.
  @Test func straightThroughEqualsTheSoftDerivative() throws {
    let random = RandomSource(seed: 2)
    let w: Tensor<Double> = random.stream("w").uniform([3, 5], in: -1...1)
    let l: Tensor<Double> = random.stream("l").uniform([3, 5], in: -4...4)
    let seed: Tensor<Double> = random.stream("d").uniform([4, 3, 5], in: -1...1)
    let noise = random.stream("noise").at(step: 7)
    func gradients(isSoft: Bool) throws -> (Tensor<Double>, Tensor<Double>, Tensor<Double>) {
      let graph = Graph<Double>()
      let (weights, logits) = (graph.variable(w), graph.variable(l))
      let y =
        isSoft
        ? graph.softMasks(weights: weights, logits: logits, samples: 4, noise: noise)
        : graph.sampledMasks(weights: weights, logits: logits, samples: 4, noise: noise)
      graph.backward(from: y, seed: seed)
      return (
        y.tensor, try #require(graph.gradient(of: logits)),
        try #require(graph.gradient(of: weights))
      )
    }
    let soft = try gradients(isSoft: true)
    let hard = try gradients(isSoft: false)
    #expect((soft.1 - hard.1).maximumMagnitude() < 1e-14)
    for i in 0..<15 {
      var selected = 0.0
      for k in 0..<4 where hard.0[flat: k * 15 + i] != 0 { selected += seed[flat: k * 15 + i] }
      #expect(abs(hard.2[flat: i] - selected) < 1e-14)
    }
  }
}
