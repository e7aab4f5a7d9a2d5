import Autograd
import Masks
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// The fused products and the materialised ones are two ways to the same masks, losses and logits.
@Suite struct MaskedProductsTests {
  /// What mask training of a small network gives after some steps.
  private struct Result<Scalar: TensorScalar> {
    var losses: [Double] = []
    var norms: [Double] = []
    var logits: [String: Tensor<Scalar>] = [:]
    var frozen: [String: Tensor<Scalar>] = [:]
  }

  /// Trains masks of a network with two calls per step, as for pairs of inputs.
  private func train<Scalar: TensorScalar>(
    _ products: MaskedProducts, samples: Int, scope: ClipScope, steps: Int = 4,
    as type: Scalar.Type
  ) -> Result<Scalar> {
    let random = RandomSource(seed: 31)
    let network = SequentialNetwork<Scalar>(.feedForward(sizes: [11, 37, 18, 5]), random: random)
    let x: Tensor<Scalar> = random.stream("x").uniform([16, 11], in: -1...1)
    let classes = random.stream("y").integers(16, below: 5)
    let frozen = FrozenGradients(network.parameters, startingFrom: [:])
    let trainer = MaskTrainer(
      masking: network.parameters.filter { $0.role == .weight }, stage: "pair1",
      settings: .init(
        learningRate: 0.05, beta: 0.01, batch: 16, samples: samples, clip: 0.05, clipScope: scope),
      frozenGradients: frozen, random: random)
    return products.use {
      var result = Result<Scalar>()
      for step in 0..<steps {
        let report = trainer.step(step) { calls in
          let graph = calls.graph
          let first = network.forward(graph.constant(x), in: calls.pass(0))
          let second = network.forward(graph.constant(2 * x), in: calls.pass(1))
          return graph.crossEntropy(logits: graph.add(first, second), classes: classes)
        }
        result.losses.append(report.loss)
        result.norms.append(report.gradientNorm)
      }
      result.logits = trainer.logitTensors
      result.frozen = scope == .reference ? frozen.tensors : [:]
      return result
    }
  }

  @Test(arguments: [1, 2, 4, 8], ClipScope.allCases)
  func `both ways agree in double precision`(_ samples: Int, _ scope: ClipScope) throws {
    let fused = train(.fused, samples: samples, scope: scope, as: Double.self)
    let plain = train(.materialized, samples: samples, scope: scope, as: Double.self)
    for (a, b) in zip(fused.losses, plain.losses) { #expect(abs(a - b) <= 1e-12 * b) }
    for (a, b) in zip(fused.norms, plain.norms) { #expect(abs(a - b) <= 1e-12 * b) }
    for (name, logits) in plain.logits {
      #expect(relativeError(try #require(fused.logits[name]), logits) <= 1e-10)
    }
    for (name, gradient) in plain.frozen {
      #expect(relativeError(try #require(fused.frozen[name]), gradient) <= 1e-10)
    }
  }

  @Test(arguments: [1, 4, 8], ClipScope.allCases)
  func `single precision agrees with double at every level`(
    _ samples: Int, _ scope: ClipScope
  ) throws {
    let expected = train(.materialized, samples: samples, scope: scope, as: Double.self)
    for level in KernelLevel.allCases where level.isAvailable {
      for products in MaskedProducts.allCases {
        let actual = level.use {
          train(products, samples: samples, scope: scope, as: Float.self)
        }
        for (a, b) in zip(actual.losses, expected.losses) { #expect(abs(a - b) <= 1e-5 * b) }
        for (a, b) in zip(actual.norms, expected.norms) { #expect(abs(a - b) <= 1e-4 * b) }
        for (name, logits) in expected.logits {
          let error = relativeError(try #require(actual.logits[name]), logits)
          #expect(error <= 1e-4, "\(level) \(products) \(name)")
        }
      }
    }
  }

  /// Elementwise kernels have the same bits at every level, products do not: materialised products,
  /// which are to check these, are none of them.
  @Test(arguments: ClipScope.allCases)
  func `materialised products do not depend on the level`(_ scope: ClipScope) {
    let results = KernelLevel.allCases.filter(\.isAvailable).map { level in
      level.use { train(.materialized, samples: 4, scope: scope, as: Float.self) }
    }
    for result in results {
      #expect(result.losses == results[0].losses && result.norms == results[0].norms)
      #expect(result.logits == results[0].logits && result.frozen == results[0].frozen)
    }
  }

  @Test func `more samples than the kernels take go through copies`() {
    let samples = WeightMatrix<Float>.maximumMaskSamples + 16
    let random = RandomSource(seed: 5)
    let network = SequentialNetwork<Float>(.feedForward(sizes: [3, 2]), random: random)
    let trainer = MaskTrainer(
      masking: network.parameters.filter { $0.role == .weight }, stage: "full",
      settings: .init(beta: 0, batch: samples, samples: samples),
      frozenGradients: FrozenGradients(network.parameters, startingFrom: [:]), random: random)
    let report = MaskedProducts.fused.use {
      trainer.step(0) { calls in
        let x = calls.graph.constant(Tensor<Float>(repeating: 1, shape: [samples, 3]))
        return calls.graph.crossEntropy(
          logits: network.forward(x, in: calls.pass()),
          classes: [Int](repeating: 0, count: samples))
      }
    }
    #expect(report.loss > 0 && report.gradientNorm > 0)
  }

  @Test func `a map is drawn once per call`() {
    let random = RandomSource(seed: 6)
    let network = SequentialNetwork<Float>(.feedForward(sizes: [40, 40]), random: random)
    let trainer = MaskTrainer(
      masking: network.parameters.filter { $0.role == .weight }, stage: "full",
      settings: .init(beta: 0, batch: 8, startLogit: 0),
      frozenGradients: FrozenGradients(network.parameters, startingFrom: [:]), random: random)
    _ = MaskedProducts.fused.use {
      trainer.step(0) { calls in
        let x = calls.graph.constant(Tensor<Float>(repeating: 1, shape: [8, 40]))
        let pass = calls.pass(0)
        let first = network.forward(x, in: pass).tensor
        #expect(network.forward(x, in: pass).tensor == first)
        #expect(network.forward(x, in: calls.pass(0)).tensor == first)
        let other = network.forward(x, in: calls.pass(1))
        #expect(other.tensor != first)
        return calls.graph.mean(other)
      }
    }
  }
}
