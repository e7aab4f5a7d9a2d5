import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@testable import Masks

/// Logits that have left the products, in training.
@Suite struct SettledLogitsTests {
  private static let random = RandomSource(seed: 71)

  private let network = SequentialNetwork<Float>(
    .feedForward(sizes: [12, 48, 40, 5]), random: Self.random)
  private let inputs: Tensor<Float> = Self.random.stream("batch").uniform([32, 12], in: -1...1)
  private let classes = Self.random.stream("classes").integers(32, below: 5)

  private func trainer(
    drops: Bool, frozen: FrozenGradients<Float>, scope: ClipScope = .reference, stage: String = "s"
  ) -> MaskTrainer<Float> {
    MaskTrainer(
      masking: network.parameters, stage: stage,
      settings: .init(
        learningRate: 0.3, beta: 0.0005, batch: 32, clip: 0.05, clipScope: scope,
        dropsDeadWeights: drops), frozenGradients: frozen, random: Self.random)
  }

  private func step(_ trainer: MaskTrainer<Float>, _ number: Int) -> MaskStepReport {
    trainer.step(number) { calls in
      calls.graph.crossEntropy(
        logits: network.forward(calls.graph.constant(inputs), in: calls.pass()), classes: classes)
    }
  }

  private func frozen() -> FrozenGradients<Float> {
    FrozenGradients(network.parameters, startingFrom: [:])
  }

  /// Most weights die within the first hundred steps; what is left is trained as without the switch. Slopes
  /// that are lost are at most some thousandths of the regulariser's gradient.
  @Test(arguments: ClipScope.allCases, MaskedProducts.allCases)
  func `masks are those of training with everything`(
    _ scope: ClipScope, _ products: MaskedProducts
  ) throws {
    try products.use {
      let accumulators = (frozen(), frozen())
      let (one, other) = (
        trainer(drops: true, frozen: accumulators.0, scope: scope),
        trainer(drops: false, frozen: accumulators.1, scope: scope)
      )
      for number in 0..<200 {
        let (a, b) = (step(one, number), step(other, number))
        #expect(abs(a.loss - b.loss) < 1e-3 * max(1, b.loss))
        #expect(abs(a.gradientNorm - b.gradientNorm) < 1e-3 * b.gradientNorm)
      }
      let flags = try #require(one.state["mask.live.rows.layers.1.weight"])
      #expect(flags.sum() < 40 && flags.sum() > 0, "rows have left: \(flags.sum())")
      #expect(!other.state.keys.contains { $0.hasPrefix("mask.live") })
      #expect(one.masks == other.masks)
      #expect(one.keptFraction > 0 && one.keptFraction < 0.5)
      #expect(abs(one.meanKeepProbability - other.meanKeepProbability) < 1e-4)
      // All tensors of whole weights, also of what has left.
      let (state, expected) = (one.state, other.state)
      for (name, tensor) in expected {
        #expect(relativeError(try #require(state[name]), tensor) < 2e-2, "\(name)")
      }
      for (name, tensor) in accumulators.1.tensors where scope == .reference {
        let found = try #require(accumulators.0.tensors[name])
        #expect(relativeError(found, tensor) < 1e-2, "\(name)")
      }
    }
  }

  @Test func `a resumed training goes on with the same bits`() throws {
    let accumulators = frozen()
    let whole = trainer(drops: true, frozen: accumulators)
    for number in 0..<200 { _ = step(whole, number) }
    let before = frozen()
    let first = trainer(drops: true, frozen: before)
    for number in 0..<150 { _ = step(first, number) }
    #expect(first.state.keys.contains("mask.live.rows.layers.1.weight"))
    // Accumulators are given to a trainer before its state or after it.
    for isEarly in [true, false] {
      let after = FrozenGradients(
        network.parameters, startingFrom: isEarly ? before.tensors : [:])
      let second = trainer(drops: true, frozen: after)
      try second.restore(stepCount: 150, state: first.state)
      if !isEarly { after.tensors = before.tensors }
      for number in 150..<200 { _ = step(second, number) }
      #expect(second.state == whole.state && after.tensors == accumulators.tensors)
    }
  }

  @Test func `reading results changes no bits`() {
    let accumulators = (frozen(), frozen())
    let (read, unread) = (
      trainer(drops: true, frozen: accumulators.0), trainer(drops: true, frozen: accumulators.1)
    )
    for number in 0..<180 {
      let (a, b) = (step(read, number), step(unread, number))
      #expect(a == b)
      if number % 7 == 0 { _ = (read.state, read.logitTensors, accumulators.0.tensors) }
    }
    #expect(read.state == unread.state && accumulators.0.tensors == accumulators.1.tensors)
  }

  /// The second stage finds accumulators of whole weights.
  @Test func `another stage takes over the accumulators`() throws {
    let accumulators = frozen()
    let first = trainer(drops: true, frozen: accumulators)
    for number in 0..<150 { _ = step(first, number) }
    let copy = accumulators.copy()
    let second = trainer(drops: true, frozen: accumulators, stage: "t")
    let other = trainer(drops: false, frozen: copy, stage: "t")
    #expect(accumulators.tensors == copy.tensors)
    for number in 0..<10 { #expect(step(second, number) == step(other, number)) }
    #expect(second.state == other.state && accumulators.tensors == copy.tensors)
  }

  // MARK: What has left

  /// Beside a naive loop over all elements: the sum of the squares, and the bits.
  @Test func `accumulators outside of a block are those of a naive loop`() {
    let block = LiveBlock(of: [50, 70], rows: [3, 4, 30], columns: [0, 33, 69])
    var naive: Tensor<Float> = Self.random.stream("accumulator").uniform([50, 70], in: -1...1)
    let elements = naive.elements(of: block)
    var settled = SettledGradient(of: naive, outside: block)
    for number in 0..<40 {
      let factor = 1 - Float(number) / 50
      settled.scale(by: factor)
      var squares = 0.0
      for row in 0..<50 {
        for column in 0..<70 {
          naive[flat: row * 70 + column] *= factor
          let isInside = block.rows.contains(row) && block.columns.contains(column)
          let x = isInside ? 0 : Double(naive[row, column])
          squares += x * x
        }
      }
      // Sometimes only the bound is asked for.
      if number % 3 == 0 {
        #expect(abs(settled.sumOfSquares(addedTo: 0) - squares) <= 1e-12 * squares)
      } else {
        let sum = squares * 0x1p62
        #expect(sum + settled.sumOfSquares(addedTo: sum) == sum + squares)
      }
    }
    naive.put(elements, in: block)
    #expect(settled.whole(with: elements) == naive)
  }

  /// When all logits have left, the norm is that of the regulariser alone.
  @Test func `the share of what has left in the norm is that of a naive loop`() throws {
    let trainer = trainer(drops: true, frozen: frozen(), scope: .trainable)
    var state = trainer.state
    for (name, tensor) in state where name.hasPrefix("mask.logits.") {
      state[name] = Tensor(repeating: -30, shape: tensor.shape)
    }
    try trainer.restore(stepCount: 64, state: state)
    let report = step(trainer, 64)
    let strength = Float(0.0005 / 32)
    var squares = 0.0
    for parameter in network.parameters {
      for _ in 0..<parameter.shape.count { squares += Double(strength) * Double(strength) }
    }
    #expect(abs(report.gradientNorm - squares.squareRoot()) < 1e-6 * report.gradientNorm)
    #expect(trainer.state.keys.contains("mask.live.rows.layers.1.weight"))
  }
}
