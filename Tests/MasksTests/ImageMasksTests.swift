import Autograd
import Masks
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Masks of convolutions and of batch normalisation: the fused products, whose patches come in
/// parts, against the materialised ones.
@Suite struct ImageMasksTests {
  private struct Result<Scalar: TensorScalar> {
    var losses: [Double] = []
    var logits: [String: Tensor<Scalar>] = [:]
    var frozen: [String: Tensor<Scalar>] = [:]
  }

  private func train<Scalar: TensorScalar>(
    _ products: MaskedProducts, _ network: any Module<Scalar>, samples: Int
  ) -> Result<Scalar> {
    let single: Tensor<Float> = RandomSource(seed: 80).stream("x").uniform(
      [8, 8, 8, 3], in: -1...1)
    let x = single.converted(to: Scalar.self)
    let frozen = FrozenGradients(network.parameters, startingFrom: [:])
    let trainer = MaskTrainer(
      masking: network.parameters, stage: "full",
      settings: .init(
        learningRate: 0.05, beta: 0.01, batch: 8, samples: samples, clip: 0.5,
        clipScope: .reference),
      frozenGradients: frozen, random: RandomSource(seed: 81))
    return products.use {
      var result = Result<Scalar>()
      for step in 0..<3 {
        let report = trainer.step(step) { calls in
          calls.graph.crossEntropy(
            logits: network.forward(calls.graph.constant(x), in: calls.pass()),
            classes: [0, 1, 2, 0, 1, 2, 0, 1])
        }
        result.losses.append(report.loss)
      }
      result.logits = trainer.logitTensors
      result.frozen = frozen.tensors
      return result
    }
  }

  private func convolutional<Scalar: TensorScalar>(
    _ products: MaskedProducts, _ samples: Int, _: Scalar.Type
  ) -> Result<Scalar> {
    train(
      products,
      SequentialNetwork<Scalar>(
        .convolutional(side: 8, channels: [18, 5, 7], classes: 3), random: RandomSource(seed: 82)),
      samples: samples)
  }

  private func residual<Scalar: TensorScalar>(
    _ products: MaskedProducts, _ samples: Int, _: Scalar.Type
  ) -> Result<Scalar> {
    train(
      products,
      SequentialNetwork<Scalar>(
        .residual(depth: 8, side: 8, widths: [4, 6, 7], classes: 3), random: RandomSource(seed: 83)),
      samples: samples)
  }

  private func compare(
    _ single: Result<Float>, _ double: Result<Double>, _ expected: Result<Double>
  ) throws {
    for (a, b) in zip(double.losses, expected.losses) { #expect(abs(a - b) <= 1e-12 * b) }
    for (a, b) in zip(single.losses, expected.losses) { #expect(abs(a - b) <= 1e-4 * b) }
    for (name, logits) in expected.logits {
      #expect(relativeError(try #require(double.logits[name]), logits) <= 1e-9, "\(name)")
      #expect(relativeError(try #require(single.logits[name]), logits) <= 1e-3, "\(name)")
      let frozen = try #require(expected.frozen[name])
      #expect(relativeError(try #require(double.frozen[name]), frozen) <= 1e-9, "\(name)")
      #expect(relativeError(try #require(single.frozen[name]), frozen) <= 1e-3, "\(name)")
      #expect(frozen.maximumMagnitude() > 0, "\(name) was not reached")
    }
  }

  @Test(arguments: [2, 4])
  func `masked convolutional networks agree with materialised ones`(_ samples: Int) throws {
    let expected = convolutional(.materialized, samples, Double.self)
    #expect(expected.logits.count == 8)
    try compare(
      convolutional(.fused, samples, Float.self), convolutional(.fused, samples, Double.self),
      expected)
  }

  @Test(arguments: [2, 4])
  func `masked residual networks agree with materialised ones`(_ samples: Int) throws {
    let expected = residual(.materialized, samples, Double.self)
    #expect(expected.logits.count == 3 * 7 + 3 * 2 + 2)
    try compare(
      residual(.fused, samples, Float.self), residual(.fused, samples, Double.self), expected)
  }
}
