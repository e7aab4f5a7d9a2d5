import Autograd
import Masks
import NeuralNetworks
import Tensors
import Testing

/// Masks by every estimator and unit, trained on a small network.
@Suite struct MaskUnitTests {
  private static let random = RandomSource(seed: 33)
  private static let estimators: [any MaskEstimator] = [
    GumbelSigmoid(), GumbelSigmoid(temperature: 0.5), StraightThroughSigmoid(),
    HardConcrete(), ContinuousSparsification(steps: 6), EdgePopup(kept: 0.4),
  ]
  private static let parameters = NetworkDescription.feedForward(sizes: [5, 6, 3]).outline
    .parameters
  private static let rows = LayerOutputs(.output, of: parameters)
  private static let units: [any MaskUnit] = [
    SingleWeights(), rows, ProductUnit(rows, called: "row", and: SingleWeights()), WeightColumns(),
    WeightTiles(rows: 3, columns: 1), LayerOutputs(.layer, of: parameters),
    ProductUnit(WeightColumns(), called: "column", and: rows, secondBeta: 0.002),
  ]

  private let inputs: Tensor<Double> = Self.random.stream("x").uniform([8, 5], in: -1...1)
  private let classes = Self.random.stream("y").integers(8, below: 3)

  private func network<Scalar: TensorScalar>() -> SequentialNetwork<Scalar> {
    SequentialNetwork(.feedForward(sizes: [5, 6, 3]), random: Self.random)
  }

  private func trainer<Scalar: TensorScalar>(
    _ network: SequentialNetwork<Scalar>, _ estimator: any MaskEstimator, _ unit: any MaskUnit,
    clip: Double = 1, copying: [String: Tensor<Scalar>] = [:]
  ) -> MaskTrainer<Scalar> {
    MaskTrainer(
      masking: network.parameters, stage: "s",
      // Two gates for every weight are pressed twice.
      settings: .init(
        beta: unit is ProductUnit ? 0.001 : 0.004, batch: 8, samples: 2, startLogit: 0.03,
        clip: clip),
      estimator: estimator, unit: unit,
      frozenGradients: FrozenGradients(network.parameters, startingFrom: [:]), random: Self.random,
      copying: copying)
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

  /// Loss, norm, logits and masks of some steps, from which some weights go.
  @Test(arguments: estimators.indices, units.indices)
  func `steps are those of a naive computation`(estimator: Int, unit: Int) throws {
    let (estimator, unit) = (Self.estimators[estimator], Self.units[unit])
    for clip in [1e9, 0.05] {
      let network: SequentialNetwork<Double> = network()
      let trainer = trainer(network, estimator, unit, clip: clip)
      var naive = NaiveGatedTraining(
        network, masking: network.outline, estimator, unit, trainer.settings,
        startingFrom: trainer.logitTensors)
      for step in 0..<6 {
        let report = trainer.step(step, loss: loss(network))
        let expected = naive.step(
          step, inputs: inputs, classes: classes, random: Self.random, stage: "s")
        #expect(abs(report.loss - expected.loss) < 1e-12)
        #expect(abs(report.gradientNorm - expected.norm) < 1e-12)
        #expect(trainer.logitTensors.count == naive.logits.count)
        for (name, logits) in trainer.logitTensors {
          for (a, b) in zip(logits.scalars, try #require(naive.logits[name])) {
            #expect(abs(a - b) < 1e-10)
          }
        }
      }
      var kept = 0
      for parameter in network.parameters {
        let mask = try #require(trainer.masks[parameter.name])
        #expect(mask.shape == parameter.shape)
        for (index, bit) in mask.bits.enumerated() {
          #expect((bit == 1) == naive.keeps(parameter.name, index))
        }
        kept += mask.keptCount
      }
      #expect(trainer.keptFraction == Double(kept) / 57)
      // Of two layers both may be of the same use.
      if unit as? LayerOutputs != LayerOutputs(.layer, of: Self.parameters) {
        #expect(kept > 0 && kept < 57, "some are kept, some are removed")
      }
    }
  }

  /// The way of all estimators and the way of the kernels draw the same gates.
  @Test func `gates in memory and gates of the kernels train the same masks`() throws {
    let network: SequentialNetwork<Double> = network()
    let plain = trainer(network, GumbelSigmoid(), SingleWeights())
    let inMemory = trainer(network, DrawnInMemory(), SingleWeights())
    for step in 0..<10 {
      let (a, b) = (plain.step(step, loss: loss(network)), inMemory.step(step, loss: loss(network)))
      #expect(abs(a.loss - b.loss) < 1e-12 && abs(a.gradientNorm - b.gradientNorm) < 1e-12)
    }
    for (name, logits) in plain.logitTensors {
      let other = try #require(inMemory.logitTensors[name])
      for (a, b) in zip(logits.scalars, other.scalars) { #expect(abs(a - b) < 1e-10) }
    }
    #expect(plain.masks == inMemory.masks && plain.keptFraction == inMemory.keptFraction)
    #expect(abs(plain.meanKeepProbability - inMemory.meanKeepProbability) < 1e-12)
  }

  /// In single precision as well, where the kernels' thresholds differ by rounding alone.
  @Test(arguments: [0, 1, 2]) func `rows that disturb go`(unit: Int) throws {
    // Two of the outputs are never right.
    let network: SequentialNetwork<Float> = network()
    let trainer = MaskTrainer<Float>(
      masking: network.parameters, stage: "s",
      settings: .init(learningRate: 0.05, beta: 0.002, batch: 8, startLogit: 1),
      estimator: GumbelSigmoid(), unit: Self.units[unit],
      frozenGradients: FrozenGradients(network.parameters, startingFrom: [:]), random: Self.random)
    var losses: [Double] = []
    for step in 0..<300 {
      let report = trainer.step(step) { calls in
        calls.graph.crossEntropy(
          logits: network.forward(
            calls.graph.constant(inputs.converted(to: Float.self)), in: calls.pass()),
          classes: [Int](repeating: 0, count: 8))
      }
      losses.append(report.loss)
    }
    let (early, late) = (losses.prefix(30).reduce(0, +), losses.suffix(30).reduce(0, +))
    #expect(late < early && trainer.offender == nil)
    #expect(trainer.keptFraction < 1)
    if Self.units[unit] is LayerOutputs {
      for parameter in network.parameters where parameter.role == .weight {
        let mask = try #require(trainer.masks[parameter.name])
        let width = parameter.shape[1]
        for row in 0..<parameter.shape[0] {
          let bits = mask.bits[row * width..<(row + 1) * width]
          #expect(Set(bits).count == 1, "rows are kept or removed as wholes")
          let bias = parameter.name.replacing("weight", with: "bias")
          #expect(try #require(trainer.masks[bias]).bits[row] == bits.first)
        }
      }
    }
  }

  @Test func `a trainer of rows continues from its state`() throws {
    let network: SequentialNetwork<Float> = network()
    let whole = trainer(network, GumbelSigmoid(), Self.rows)
    for step in 0..<8 { _ = whole.step(step, loss: loss(network)) }
    let first = trainer(network, GumbelSigmoid(), Self.rows)
    for step in 0..<3 { _ = first.step(step, loss: loss(network)) }
    #expect(Set(first.logitTensors.keys) == ["layers.0.weight", "layers.1.weight"])
    let second = trainer(network, GumbelSigmoid(), Self.rows)
    try second.restore(stepCount: 3, state: first.state)
    for step in 3..<8 { _ = second.step(step, loss: loss(network)) }
    #expect(second.state == whole.state)
  }

  @Test func `copied gates of a group stay`() throws {
    let network: SequentialNetwork<Float> = network()
    let copied = Tensor<Float>([40, -40, 40], shape: [3])
    let trainer = trainer(
      network, GumbelSigmoid(), Self.rows, copying: ["layers.1.weight": copied])
    for step in 0..<4 { _ = trainer.step(step, loss: loss(network)) }
    #expect(trainer.logitTensors["layers.1.weight"] == copied)
    #expect(try #require(trainer.masks["layers.1.bias"]).bits == [1, 0, 1])
  }

  @Test func `gates act on what a mask keeps when they act on a part of it`() {
    let group = GateGroup(
      name: "w", shape: [2],
      members: [.init("w", .along(axis: 0, of: [2, 3])), .init("b", .each)])
    let mask = BinaryMask(bits: [0, 0, 0, 0, 1, 0], shape: [2, 3])
    #expect(group.gates(actingOn: MaskSet(["w": mask])).bits == [0, 1])
    let bias = BinaryMask(bits: [1, 0], shape: [2])
    #expect(group.gates(actingOn: MaskSet(["w": mask, "b": bias])).bits == [1, 1])
    #expect(group.gates(actingOn: MaskSet(["other": bias])).bits == [0, 0])
  }

  @Test func `gates lie along an axis`() {
    #expect(GateSpread.along(axis: 0, of: [2, 3]) == .table([0, 0, 0, 1, 1, 1]))
    #expect(GateSpread.along(axis: 1, of: [2, 3]) == .table([0, 1, 2, 0, 1, 2]))
    #expect(GateSpread.along(axis: 1, of: [1, 2, 2]) == .table([0, 0, 1, 1]))
    #expect(GateSpread.along(axis: 0, of: [3]) == .table([0, 1, 2]))
  }
}

/// The papers' estimator, but drawn gate by gate.
private struct DrawnInMemory: MaskEstimator {
  private let base = GumbelSigmoid()

  func sample(logit: Double, word: UInt32) -> GateSample { base.sample(logit: logit, word: word) }
  func penalty(logit: Double) -> Double { base.penalty(logit: logit) }
  func penaltyGradient(logit: Double) -> Double { base.penaltyGradient(logit: logit) }
  func keepProbability(logit: Double) -> Double { base.keepProbability(logit: logit) }
  func isKept(logit: Double) -> Bool { base.isKept(logit: logit) }
}
