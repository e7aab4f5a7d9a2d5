import Autograd
import Masks
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Masks of recurrent and attention networks: the fused products, which see blocks of rows of every
/// shape here, against the materialised ones.
@Suite struct SequenceMasksTests {
  private struct Result<Scalar: TensorScalar> {
    var losses: [Double] = []
    var logits: [String: Tensor<Scalar>] = [:]
  }

  private static let pairs = SequencePairs(
    inputs: [[0, 1, 2], [2], [1, 1, 0, 2], [0], [2, 2], [], [1], [0, 2, 1]],
    outputs: [[1, 0], [], [0, 1, 1, 0, 1], [1], [0, 0, 1], [1], [], [0, 1, 0]])

  private func train<Scalar: TensorScalar>(
    _ products: MaskedProducts, _ network: any ParameterContainer<Scalar>,
    roles: Set<ParameterRole>, samples: Int,
    _ loss: (SequencePairs, Int, ForwardPass<Scalar>) -> Value<Scalar>
  ) -> Result<Scalar> {
    let trainer = MaskTrainer(
      masking: network.parameters.filter { roles.contains($0.role) }, stage: "full",
      settings: .init(
        learningRate: 0.05, beta: 0.01, batch: 8, samples: samples, clip: 0.5,
        clipScope: .reference),
      frozenGradients: FrozenGradients(network.parameters, startingFrom: [:]),
      random: RandomSource(seed: 71))
    return products.use {
      var result = Result<Scalar>()
      for step in 0..<3 {
        result.losses.append(
          trainer.step(step) { calls in loss(Self.pairs, step, calls.pass()) }.loss)
      }
      result.logits = trainer.logitTensors
      return result
    }
  }

  private func recurrent<Scalar: TensorScalar>(
    _ products: MaskedProducts, samples: Int, as type: Scalar.Type
  ) -> Result<Scalar> {
    let network = EncoderDecoderLSTM<Scalar>(
      .init(inputTokens: 3, outputTokens: 2, embedding: 5, units: 19, layers: 2),
      random: RandomSource(seed: 72))
    return train(products, network, roles: [.weight], samples: samples) { pairs, step, pass in
      network.loss(of: pairs, feeding: step == 1 ? .own : .reference, in: pass)
    }
  }

  private func transformer<Scalar: TensorScalar>(
    _ products: MaskedProducts, samples: Int, as type: Scalar.Type
  ) -> Result<Scalar> {
    let network = EncoderDecoderTransformer<Scalar>(
      .init(
        inputTokens: 3, outputTokens: 2, width: 18, heads: 3, hidden: 21, encoderLayers: 1,
        decoderLayers: 2),
      random: RandomSource(seed: 73))
    let roles: Set<ParameterRole> = [.weight, .normScale, .normShift]
    return train(products, network, roles: roles, samples: samples) { pairs, _, pass in
      network.loss(of: pairs, in: pass)
    }
  }

  private func compare(
    _ single: Result<Float>, _ double: Result<Double>, _ expected: Result<Double>
  ) throws {
    #expect(expected.logits.count >= 9)
    for (a, b) in zip(double.losses, expected.losses) { #expect(abs(a - b) <= 1e-12 * b) }
    for (a, b) in zip(single.losses, expected.losses) { #expect(abs(a - b) <= 1e-4 * b) }
    for (name, logits) in expected.logits {
      #expect(relativeError(try #require(double.logits[name]), logits) <= 1e-9, "\(name)")
      #expect(relativeError(try #require(single.logits[name]), logits) <= 1e-3, "\(name)")
    }
  }

  @Test(arguments: [2, 4])
  func `masked LSTMs agree with materialised ones`(_ samples: Int) throws {
    try compare(
      recurrent(.fused, samples: samples, as: Float.self),
      recurrent(.fused, samples: samples, as: Double.self),
      recurrent(.materialized, samples: samples, as: Double.self))
  }

  @Test(arguments: [2, 4])
  func `masked Transformers agree with materialised ones`(_ samples: Int) throws {
    try compare(
      transformer(.fused, samples: samples, as: Float.self),
      transformer(.fused, samples: samples, as: Double.self),
      transformer(.materialized, samples: samples, as: Double.self))
  }

  /// With repeated inputs and two problems in one input, as in double addition.
  @Test func `masks of a two-part network train`() {
    let network = TwoPartLSTM<Float>(
      .onlyOneIO, inputs: 4, units: 12, layers: 2, outputs: 3, random: RandomSource(seed: 74))
    let x: Tensor<Float> = RandomSource(seed: 74).stream("x").uniform([8, 8], in: -1...1)
    let trainer = MaskTrainer(
      masking: network.parameters.filter { $0.role == .weight }, stage: "pair1",
      settings: .init(learningRate: 0.05, beta: 0.01, batch: 8, samples: 4),
      frozenGradients: FrozenGradients(network.parameters, startingFrom: [:]),
      random: RandomSource(seed: 75))
    var losses: [Double] = []
    for step in 0..<30 {
      let report = trainer.step(step) { calls in
        let outputs = network.forward(calls.graph.constant(x), in: calls.pass())
        return calls.graph.crossEntropy(logits: outputs[0], classes: [0, 1, 2, 0, 1, 2, 0, 1])
      }
      losses.append(report.loss)
      #expect(report.gradientNorm > 0)
    }
    #expect(losses.suffix(10).reduce(0, +) < losses.prefix(10).reduce(0, +))
    #expect(trainer.logitTensors.count == 5)
  }
}
