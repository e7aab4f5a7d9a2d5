import Autograd
import Masks
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct MaskTrainerTests {
  private static let random = RandomSource(seed: 21)
  private let network = SequentialNetwork<Float>(
    .feedForward(sizes: [6, 8, 4]), random: Self.random)
  private let inputs: Tensor<Float> = Self.random.stream("x").uniform([8, 6], in: -1...1)
  private let classes = Self.random.stream("y").integers(8, below: 4)

  private var masked: [Parameter<Float>] { network.parameters.filter { $0.role == .weight } }

  private func settings(
    beta: Double = 0.1, samples: Int = 4, clip: Double = 1, scope: ClipScope = .trainable
  ) -> MaskTrainer<Float>.Settings {
    .init(beta: beta, batch: 8, samples: samples, clip: clip, clipScope: scope)
  }

  private func trainer(
    _ settings: MaskTrainer<Float>.Settings, frozen: FrozenGradients<Float>? = nil,
    copying copied: [String: Tensor<Float>] = [:]
  ) -> MaskTrainer<Float> {
    MaskTrainer(
      masking: masked, stage: "add", settings: settings,
      frozenGradients: frozen ?? FrozenGradients(network.parameters, startingFrom: [:]),
      random: Self.random, copying: copied)
  }

  private func loss(_ calls: MaskedCalls<Float>) -> Value<Float> {
    calls.graph.crossEntropy(
      logits: network.forward(calls.graph.constant(inputs), in: calls.pass()), classes: classes)
  }

  @Test func theRegularisersGradientIsBetaOverBatch() throws {
    let trainer = trainer(settings(beta: 0.4))
    // A loss without masks: only the regulariser acts, and Adam's first step is lr g / (g + eps).
    let report = trainer.step(0) { $0.graph.constant(Tensor(scalar: 3)) }
    #expect(report.loss == 3)
    let count = masked.reduce(0) { $0 + $1.shape.count }
    let pressure = 0.4 / 8
    #expect(abs(report.gradientNorm - pressure * Double(count).squareRoot()) < 1e-6)
    for logits in trainer.logitTensors.values {
      for logit in logits.scalars { #expect(abs(logit - (2 - 0.01)) < 1e-6) }
    }
    for step in 1..<50 { _ = trainer.step(step) { $0.graph.constant(Tensor(scalar: 0)) } }
    #expect(abs((try #require(trainer.logitTensors["layers.0.weight"]))[flat: 0] - 1.5) < 1e-4)
  }

  @Test func everySampleServesItsPartOfTheBatch() throws {
    // The masked network's outputs equal those of four separate networks with the samples' weights.
    let trainer = trainer(settings())
    var outputs: Tensor<Float>?
    _ = trainer.step(3) { calls in
      let logits = network.forward(calls.graph.constant(inputs), in: calls.pass())
      outputs = logits.tensor
      return calls.graph.crossEntropy(logits: logits, classes: classes)
    }
    let together = try #require(outputs)
    for sample in 0..<4 {
      let copy = SequentialNetwork<Float>(.feedForward(sizes: [6, 8, 4]), random: Self.random)
      for parameter in copy.parameters where parameter.role == .weight {
        let noise = Self.random.stream("mask-noise/add/\(parameter.name)").at(step: 3)
        parameter.value = parameter.value.sampledMasks(
          logits: Tensor(repeating: 2, shape: parameter.shape), samples: 4, noise: noise
        ).slice(sample)
      }
      let graph = Graph<Float>()
      let alone = copy.forward(
        graph.constant(inputs.rows(sample * 2..<sample * 2 + 2)),
        in: ForwardPass(graph: graph, source: FrozenParameters()))
      let difference = (alone.tensor - together.rows(sample * 2..<sample * 2 + 2))
      #expect(difference.maximumMagnitude() < 1e-6)
    }
  }

  @Test func callsDrawDifferentMasksAndOneCallDrawsOnce() {
    let trainer = trainer(settings())
    var first: Tensor<Float>?
    var again: Tensor<Float>?
    var second: Tensor<Float>?
    _ = trainer.step(0) { calls in
      let x = calls.graph.constant(inputs)
      let pass = calls.pass(0)
      let y = network.forward(x, in: pass)
      first = y.tensor
      again = network.forward(x, in: pass).tensor
      second = network.forward(x, in: calls.pass(1)).tensor
      return calls.graph.crossEntropy(logits: y, classes: classes)
    }
    #expect(first == again)
    #expect(first != second)
  }

  @Test(arguments: ClipScope.allCases)
  func frozenParametersStayAsTheyAre(scope: ClipScope) {
    let before = network.parameters.map(\.value)
    let trainer = trainer(settings(scope: scope))
    for step in 0..<20 { _ = trainer.step(step, loss: loss) }
    #expect(network.parameters.map(\.value) == before)
  }

  @Test func theReferenceScopeAccumulatesAndClipsFrozenGradients() throws {
    // Twin runs: `trainable` with a bound that never acts gives the unclipped gradients.
    let frozen = FrozenGradients(
      network.parameters,
      startingFrom: ["layers.1.bias": Tensor<Float>([3, 0, 0, 0], shape: [4])])
    let reference = trainer(settings(clip: 0.5, scope: .reference), frozen: frozen)
    let report = reference.step(0, loss: loss)
    #expect(report.gradientNorm > 2.5, "the accumulators count")
    #expect(report.clippingCoefficient < 0.2)
    let norm = frozen.tensors.values.reduce(0) { $0 + $1.sumOfSquares() }.squareRoot()
    #expect(norm <= 0.5 + 1e-6, "and are scaled along")
    let before = frozen.tensors
    _ = reference.step(1, loss: loss)
    #expect(frozen.tensors != before, "and are never cleared")

    let untouched = FrozenGradients(network.parameters, startingFrom: [:])
    let trainable = trainer(settings(clip: 0.5), frozen: untouched)
    let other = trainable.step(0, loss: loss)
    #expect(other.gradientNorm < 0.5 && other.clippingCoefficient == 1)
    #expect(untouched.tensors.values.allSatisfy { $0.maximumMagnitude() == 0 })
  }

  /// The accumulator of a masked weight receives Σₖ G⁽ᵏ⁾ ⊙ m⁽ᵏ⁾, that of a bias the ordinary
  /// gradient.
  @Test func accumulatorsReceiveTheGradientsOfTheFrozenParameters() throws {
    let frozen = FrozenGradients(network.parameters, startingFrom: [:])
    _ = trainer(settings(clip: 1e9, scope: .reference), frozen: frozen).step(0, loss: loss)
    var expected: [String: Tensor<Float>] = [:]
    for sample in 0..<4 {
      let copy = SequentialNetwork<Float>(.feedForward(sizes: [6, 8, 4]), random: Self.random)
      var samples: [String: Tensor<Float>] = [:]
      for parameter in copy.parameters where parameter.role == .weight {
        let noise = Self.random.stream("mask-noise/add/\(parameter.name)").at(step: 0)
        let ones = Tensor<Float>(repeating: 1, shape: parameter.shape)
        let mask = ones.sampledMasks(
          logits: Tensor(repeating: 2, shape: parameter.shape), samples: 4, noise: noise
        ).slice(sample)
        samples[parameter.name] = mask
        parameter.value.multiply(by: mask)
      }
      let graph = Graph<Float>()
      let trained = TrainableParameters(copy.parameters)
      let rows = sample * 2..<sample * 2 + 2
      let y = copy.forward(
        graph.constant(inputs.rows(rows)), in: ForwardPass(graph: graph, source: trained))
      graph.backward(
        from: graph.crossEntropy(
          logits: y, classes: Array(classes[rows]), weights: [1.0 / 8, 1.0 / 8]))
      for parameter in copy.parameters {
        var gradient = try #require(trained.gradient(of: parameter)).tensor
        if let mask = samples[parameter.name] { gradient.multiply(by: mask) }
        expected[parameter.name] = expected[parameter.name].map { $0 + gradient } ?? gradient
      }
    }
    for (name, tensor) in frozen.tensors {
      let difference = tensor - (try #require(expected[name]))
      #expect(difference.maximumMagnitude() < 1e-6, "\(name)")
    }
  }

  @Test(arguments: ClipScope.allCases)
  func aRestoredTrainerContinuesWithTheSameBits(scope: ClipScope) throws {
    let frozen = FrozenGradients(network.parameters, startingFrom: [:])
    let whole = trainer(settings(clip: 0.01, scope: scope), frozen: frozen)
    for step in 0..<12 { _ = whole.step(step, loss: loss) }

    let firstAccumulators = FrozenGradients(network.parameters, startingFrom: [:])
    let first = trainer(settings(clip: 0.01, scope: scope), frozen: firstAccumulators)
    for step in 0..<5 { _ = first.step(step, loss: loss) }
    let accumulators = FrozenGradients(network.parameters, startingFrom: firstAccumulators.tensors)
    let second = trainer(settings(clip: 0.01, scope: scope), frozen: accumulators)
    try second.restore(stepCount: first.stepCount, state: first.state)
    for step in 5..<12 { _ = second.step(step, loss: loss) }
    #expect(second.state == whole.state)
    #expect(accumulators.tensors == frozen.tensors)
  }

  @Test func copiedLogitsAreDrawnFromAndStay() throws {
    // So high that all weights are kept: the layer is as if it had no masks.
    let certain: Tensor<Float> = Self.random.stream("copied").uniform([4, 8], in: 40...50)
    let copying = trainer(settings(scope: .reference), copying: ["layers.1.weight": certain])
    let plain = MaskTrainer<Float>(
      masking: masked.filter { $0.name != "layers.1.weight" }, stage: "add",
      settings: settings(scope: .reference),
      frozenGradients: FrozenGradients(network.parameters, startingFrom: [:]), random: Self.random)
    for step in 0..<10 {
      let (own, other) = (copying.step(step, loss: loss), plain.step(step, loss: loss))
      #expect(abs(own.loss - other.loss) < 1e-6)
      #expect(abs(own.gradientNorm - other.gradientNorm) < 1e-5, "copied logits count for no norm")
    }
    #expect(copying.logitTensors["layers.1.weight"] == certain)
    let trained = try #require(copying.logitTensors["layers.0.weight"])
    let expected = try #require(plain.logitTensors["layers.0.weight"])
    #expect((trained - expected).maximumMagnitude() < 1e-3)
    #expect(copying.state.keys.contains("mask.logits.layers.1.weight"))
    #expect(!copying.state.keys.contains("optimizer.adam.m.layers.1.weight"))
  }

  @Test func copiedLogitsKeepTheDrawsOfTheirStage() throws {
    // Low ones remove everything: the last layer gives only its bias.
    let low = Tensor<Float>(repeating: -50, shape: [4, 8])
    var logits: Tensor<Float>?
    _ = trainer(settings(), copying: ["layers.1.weight": low]).step(0) { calls in
      let y = network.forward(calls.graph.constant(inputs), in: calls.pass())
      logits = y.tensor
      return calls.graph.crossEntropy(logits: y, classes: classes)
    }
    let bias = try #require(network.parameter(named: "layers.1.bias")).value
    let rows = try #require(logits)
    for row in 0..<8 { for unit in 0..<4 { #expect(rows[row, unit] == bias[flat: unit]) } }
  }

  @Test func copiesOfAccumulatorsGoTheirOwnWay() throws {
    let start = ["layers.1.bias": Tensor<Float>([3, 0, 0, 0], shape: [4])]
    let frozen = FrozenGradients(network.parameters, startingFrom: start)
    let copy = frozen.copy()
    #expect(copy.tensors == frozen.tensors)
    let before = copy.tensors
    _ = trainer(settings(clip: 0.5, scope: .reference), frozen: frozen).step(0, loss: loss)
    #expect(copy.tensors == before && frozen.tensors != before)
    // Order of the norm's terms included: both go on alike.
    let (a, b) = (copy.copy(), copy.copy())
    let one = trainer(settings(clip: 0.5, scope: .reference), frozen: a).step(0, loss: loss)
    let two = trainer(settings(clip: 0.5, scope: .reference), frozen: b).step(0, loss: loss)
    #expect(one == two && a.tensors == b.tensors)
  }

  @Test func statesThatDoNotFitAreRefused() {
    let trainer = trainer(settings())
    #expect(throws: OptimizerStateError.self) { try trainer.restore(stepCount: 1, state: [:]) }
    var state = trainer.state
    state["mask.logits.layers.0.weight"] = Tensor(zeros: [2, 2])
    #expect(throws: OptimizerStateError.self) { try trainer.restore(stepCount: 1, state: state) }
  }

  @Test func masksFindTheWeightsThatMatter() throws {
    // The class depends on the first input only: its weights stay, the others, which add noise, go.
    let linear = Linear<Float>(name: "layer", inputs: 6, outputs: 2, random: Self.random)
    linear.weight.value = Tensor([4, 1, 1, 1, 1, 1, -4, -1, -1, -1, -1, -1], shape: [2, 6])
    let trainer = MaskTrainer<Float>(
      masking: [linear.weight], stage: "s",
      settings: .init(learningRate: 0.05, beta: 1e-2, batch: 32),
      frozenGradients: FrozenGradients(linear.parameters, startingFrom: [:]), random: Self.random)
    for step in 0..<600 {
      let x: Tensor<Float> = Self.random.stream("batch").uniform([32, 6], in: -1...1, step: step)
      let labels = (0..<32).map { x[$0, 0] > 0 ? 0 : 1 }
      _ = trainer.step(step) { calls in
        calls.graph.crossEntropy(
          logits: linear.forward(calls.graph.constant(x), in: calls.pass()), classes: labels)
      }
    }
    let mask = try #require(trainer.masks["layer.weight"])
    #expect(mask.bits[0] == 1 && mask.bits[6] == 1)
    #expect(trainer.keptFraction < 0.6)
    #expect(trainer.meanKeepProbability < 0.7)
    #expect(trainer.offender == nil)
  }
}
