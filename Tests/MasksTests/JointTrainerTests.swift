import Autograd
import Foundation
import Masks
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct JointTrainerTests {
  private static let random = RandomSource(seed: 22)
  private static let sizes = [6, 7, 4]
  private static let stage = "permutation-1"

  private let inputs: Tensor<Float> = Self.random.stream("x").uniform([16, 6], in: -1...1)
  private let classes = Self.random.stream("y").integers(16, below: 4)

  private func network<Scalar: TensorScalar>() -> SequentialNetwork<Scalar> {
    SequentialNetwork(.feedForward(sizes: Self.sizes), random: Self.random)
  }

  /// Random weights in use, a third of all tensors' elements.
  private func used(_ outlines: [ParameterOutline]) -> MaskSet {
    MaskSet(
      outlines.reduce(into: [:]) { result, parameter in
        let draws = Self.random.stream("used/\(parameter.name)")
          .integers(parameter.shape.count, below: 3)
        result[parameter.name] = BinaryMask(
          bits: draws.map { $0 == 0 ? 1 : 0 }, shape: parameter.shape)
      })
  }

  private func start<Scalar: TensorScalar>(
    _ network: SequentialNetwork<Scalar>, _ used: MaskSet
  ) -> [String: Tensor<Scalar>] {
    network.parameters.reduce(into: [:]) { result, parameter in
      result[parameter.name] =
        used[parameter.name]?.values(kept: 2, removed: 0)
        ?? Tensor(repeating: 0, shape: parameter.shape)
    }
  }

  private func trainer<Scalar: TensorScalar>(
    _ network: SequentialNetwork<Scalar>, keeping used: MaskSet, beta: Double = 0.05,
    clip: Double = 1, estimator: any MaskEstimator = GumbelSigmoid()
  ) -> JointTrainer<Scalar> {
    JointTrainer(
      network.parameters, startingFrom: start(network, used), keeping: used, stage: Self.stage,
      settings: .init(beta: beta, batch: 16, clip: clip), estimator: estimator,
      random: Self.random)
  }

  private func loss<Scalar: TensorScalar>(
    _ network: SequentialNetwork<Scalar>
  ) -> (MaskedCalls<Scalar>) -> Value<Scalar> {
    { calls in
      let x = calls.graph.constant(inputs.converted(to: Scalar.self))
      return calls.graph.crossEntropy(
        logits: network.forward(x, in: calls.pass()), classes: classes)
    }
  }

  // MARK: Against a naive computation

  /// The same steps example by example in plain loops, with one Adam over all numbers.
  @Test(arguments: [1e9, 0.05], MaskEstimatorTests.all.indices)
  func `steps are those of a naive computation`(clip: Double, estimator: Int) throws {
    let estimator = MaskEstimatorTests.all[estimator]
    let network: SequentialNetwork<Double> = network()
    let used = used(network.outline)
    let trainer = trainer(network, keeping: used, clip: clip, estimator: estimator)
    var naive = NaiveJointTraining(
      network, used: used, start: start(network, used), estimator, beta: 0.05, clip: clip)
    for step in 0..<4 {
      let report = trainer.step(step, loss: loss(network))
      let expected = naive.step(
        step, inputs: inputs, classes: classes, random: Self.random, stage: Self.stage)
      #expect(abs(report.loss - expected.loss) < 1e-12)
      #expect(abs(report.gradientNorm - expected.norm) < 1e-12)
      #expect(report.clippingCoefficient == 1 || clip < 1)
      for parameter in network.parameters {
        let weights = try #require(naive.weights[parameter.name])
        let logits = try #require(naive.logits[parameter.name])
        let found = try #require(trainer.logitTensors[parameter.name])
        let differences = weights.indices.map {
          max(
            abs(parameter.value[flat: $0] - weights[$0]), abs(found[flat: $0] - logits[$0]))
        }
        #expect(differences.allSatisfy { $0 < 1e-9 }, "\(parameter.name) after step \(step)")
      }
    }
  }

  // MARK: Invariants

  @Test func `used weights keep their bits while free ones and all logits move`() throws {
    let network: SequentialNetwork<Float> = network()
    let used = used(network.outline)
    let before = network.parameters.map(\.value)
    let trainer = trainer(network, keeping: used)
    for step in 0..<30 { _ = trainer.step(step, loss: loss(network)) }
    var moved = 0
    for (parameter, old) in zip(network.parameters, before) {
      let mask = try #require(used[parameter.name])
      let logits = try #require(trainer.logitTensors[parameter.name])
      for index in mask.bits.indices {
        let bits = parameter.value[flat: index].bitPattern
        if mask.bits[index] == 1 {
          #expect(bits == old[flat: index].bitPattern, "\(parameter.name)[\(index)]")
          #expect(logits[flat: index] != 2)
        } else {
          moved += bits == old[flat: index].bitPattern ? 0 : 1
        }
      }
    }
    #expect(moved > 40)
  }

  @Test func `tensors without a mask of used weights are free`() {
    let network: SequentialNetwork<Float> = network()
    let before = network.linearLayers[0].bias?.value
    let all = BinaryMask(keepingAll: true, shape: network.linearLayers[0].weight.shape)
    let trainer = trainer(network, keeping: MaskSet(["layers.0.weight": all]))
    let weight = network.linearLayers[0].weight.value
    for step in 0..<5 { _ = trainer.step(step, loss: loss(network)) }
    #expect(network.linearLayers[0].weight.value == weight)
    #expect(network.linearLayers[0].bias?.value != before)
  }

  @Test func `without a task only the logits fall`() throws {
    let network: SequentialNetwork<Float> = network()
    let before = network.parameters.map(\.value)
    let trainer = trainer(network, keeping: MaskSet([:]), beta: 0.4)
    let report = trainer.step(0) { $0.graph.constant(Tensor(scalar: 3)) }
    let count = network.parameterCount
    #expect(abs(report.gradientNorm - 0.4 / 16 * Double(count).squareRoot()) < 1e-6)
    #expect(network.parameters.map(\.value) == before)
    for logits in trainer.logitTensors.values {
      for logit in logits.scalars { #expect(abs(logit - -0.01) < 1e-6) }
    }
    #expect(trainer.keptFraction == 0 && trainer.meanKeepProbability < 0.5)
  }

  @Test func `a step that is not finite changes nothing and is named`() {
    let network: SequentialNetwork<Float> = network()
    let trainer = trainer(network, keeping: MaskSet([:]))
    network.linearLayers[1].weight.value[flat: 3] = .nan
    let state = trainer.state.filter { $0.key.contains("logits") }
    let report = trainer.step(0, loss: loss(network))
    #expect(!report.loss.isFinite || !report.gradientNorm.isFinite)
    #expect(trainer.state.filter { $0.key.contains("logits") } == state)
    #expect(trainer.offender == "layers.1.weight")
  }

  // MARK: Checkpoints

  @Test func `a restored trainer continues with the same bits`() throws {
    let whole: SequentialNetwork<Float> = network()
    let used = used(whole.outline)
    let uninterrupted = trainer(whole, keeping: used, clip: 0.05)
    for step in 0..<12 { _ = uninterrupted.step(step, loss: loss(whole)) }

    let first: SequentialNetwork<Float> = network()
    let interrupted = trainer(first, keeping: used, clip: 0.05)
    for step in 0..<5 { _ = interrupted.step(step, loss: loss(first)) }
    let second: SequentialNetwork<Float> = network()
    let resumed = trainer(second, keeping: used, clip: 0.05)
    try resumed.restore(stepCount: interrupted.stepCount, state: interrupted.state)
    for step in 5..<12 { _ = resumed.step(step, loss: loss(second)) }
    #expect(resumed.state == uninterrupted.state)
    #expect(resumed.stepCount == 12)
  }

  @Test(arguments: [
    "weights.layers.0.weight", "mask.logits.layers.1.bias",
    "optimizer.weights.adam.m.layers.1.bias",
    "optimizer.logits.adam.v.layers.0.weight",
  ])
  func `states that do not fit are refused`(name: String) {
    let network: SequentialNetwork<Float> = network()
    let trainer = trainer(network, keeping: MaskSet([:]))
    var state = trainer.state
    state[name] = nil
    #expect(throws: OptimizerStateError.self) { try trainer.restore(stepCount: 1, state: state) }
    state[name] = Tensor(zeros: [3, 1])
    #expect(throws: OptimizerStateError.self) { try trainer.restore(stepCount: 1, state: state) }
  }
}
