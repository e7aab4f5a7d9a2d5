import Autograd
import Masks
import Tensors
import TestSupport
import Testing

@Suite struct SampledMasksTests {
  @Test func gradientChecksPass() {
    #expect(!MaskGradientChecks.all.isEmpty)
    for check in MaskGradientChecks.all {
      let report = check.run()
      #expect(report.passed, "\(report)")
    }
  }

  /// Whatever needs a gradient gets one, whether or not the other does: as values, in a product and in
  /// a convolution.
  @Test(arguments: [([3, 5], [8, 5]), ([3, 2, 3, 3], [8, 4, 4, 2])] as [(Shape, Shape)])
  func `weights and logits get their gradients without each other`(
    _ weight: Shape, _ inputs: Shape
  ) throws {
    let random = RandomSource(seed: 3)
    let w: Tensor<Float> = random.stream("w").uniform(weight, in: -1...1)
    let l: Tensor<Float> = random.stream("l").uniform(weight, in: -4...4)
    let x: Tensor<Float> = random.stream("x").uniform(inputs, in: -1...1)
    let noise = random.stream("noise").at(step: 7)
    func gradients(
      isFused: Bool, weights: Bool, logits: Bool
    ) -> (weights: Tensor<Float>?, logits: Tensor<Float>?) {
      let graph = Graph<Float>()
      let vW = weights ? graph.variable(w) : graph.constant(w)
      let vL = logits ? graph.variable(l) : graph.constant(l)
      let map =
        isFused
        ? LinearMap(vW, logits: vL, samples: 4, noise: noise)
        : LinearMap(graph.sampledMasks(weights: vW, logits: vL, samples: 4, noise: noise))
      let x = graph.constant(x)
      let y = inputs.rank == 2 ? graph.linear(x, map: map) : graph.convolution(x, map: map)
      graph.backward(from: graph.mean(graph.multiply(y, y)))
      return (graph.gradient(of: vW), graph.gradient(of: vL))
    }
    for isFused in [false, true] {
      let both = gradients(isFused: isFused, weights: true, logits: true)
      let alone = (
        gradients(isFused: isFused, weights: true, logits: false),
        gradients(isFused: isFused, weights: false, logits: true)
      )
      #expect(try #require(both.weights).maximumMagnitude() > 0)
      #expect(try #require(both.logits).maximumMagnitude() > 0)
      #expect(alone.0.weights == both.weights && alone.0.logits == nil)
      #expect(alone.1.logits == both.logits && alone.1.weights == nil)
      #expect(gradients(isFused: isFused, weights: false, logits: false) == (nil, nil))
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
        ? graph.gated(
          weights,
          by: graph.sampledGates(
            logits, by: RelaxedEstimator(GumbelSigmoid()), samples: 4, noise: noise), .each,
          shape: [3, 5])
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
