import Autograd
import Masks
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Rows and columns that no mask keeps anything of, with and without products.
@Suite struct LiveWeightsTests {
  private static let random = RandomSource(seed: 71)

  /// Logits of which about two thirds of the rows and columns are dead; a few single ones besides.
  private static func logits(_ shape: Shape, dead: Float = -19) -> Tensor<Float> {
    let stream = random.stream("logits")
    var logits: Tensor<Float> = stream.uniform(shape, in: -3...3)
    let draws = stream.integers(shape.count + shape[0] + shape[1], below: 3, step: 1)
    for row in 0..<shape[0] {
      for column in 0..<shape[1] {
        let index = row * shape[1] + column
        let isDead =
          draws[shape.count + row] > 0 || draws[shape.count + shape[0] + column] > 0
          || draws[index] == 0
        if isDead { logits[flat: index] = dead }
      }
    }
    return logits
  }

  private static func block(_ logits: Tensor<Float>) -> LiveBlock {
    LiveBlock(
      of: logits.shape, rows: Array(0..<logits.shape[0]), columns: Array(0..<logits.shape[1])
    ).shrunk(to: logits, above: -18)
  }

  // MARK: Products

  /// Forward, both gradients of the products and that of the inputs, as values and added to others.
  @Test(arguments: [[40, 70], [33, 17], [200, 300]] as [Shape], KernelLevel.allCases)
  func `products of the block are those of the whole`(_ shape: Shape, level: KernelLevel) throws {
    guard level.isAvailable, level.hasFusedMultiplyAdd else { return }
    try level.use {
      let w: Tensor<Float> = Self.random.stream("w").uniform(shape, in: -1...1)
      let l = Self.logits(shape)
      let block = Self.block(l)
      #expect(block.share < 0.3 && block.share > 0)
      let x: Tensor<Float> = Self.random.stream("x").uniform([32, shape[1]], in: -1...1)
      func run(_ block: LiveBlock?) throws -> [Tensor<Float>] {
        let graph = Graph<Float>()
        let (vX, vW, vL) = (graph.variable(x), graph.variable(w), graph.variable(l))
        let map = LinearMap(
          vW, logits: vL, samples: 4, noise: Self.random.stream("noise").at(step: 3),
          part: block.map { LivePart(of: w, $0) })
        #expect(map.outputs == shape[0] && map.inputs == shape[1])
        // Used twice, so that gradients are added up.
        let y = graph.linear(vX, map: map)
        let z = graph.add(graph.multiply(y, y), graph.linear(vX, map: map))
        graph.backward(from: graph.mean(z))
        return [y.tensor] + (try [vX, vW, vL].map { try #require(graph.gradient(of: $0)) })
      }
      let (whole, part) = (try run(nil), try run(block))
      #expect(whole[0] == part[0] && whole[1] == part[1], "outputs, gradient of the inputs")
      #expect(whole[2] == part[2], "a weight that is never kept has no gradient")
      for row in 0..<shape[0] {
        for column in 0..<shape[1] {
          let isInside = block.rows.contains(row) && block.columns.contains(column)
          #expect(part[3][row, column] == (isInside ? whole[3][row, column] : 0))
          if !isInside { #expect(abs(whole[3][row, column]) < 1e-5, "rare draws aside") }
        }
      }
    }
  }

  @Test func `rows of several steps are mapped block by block`() {
    let shape: Shape = [24, 20]
    let w: Tensor<Float> = Self.random.stream("w").uniform(shape, in: -1...1)
    let l = Self.logits(shape)
    let x: Tensor<Float> = Self.random.stream("x").uniform([16, 20], in: -1...1)
    let start: Tensor<Float> = Self.random.stream("y").uniform([16, 24], in: -1...1)
    let blocks = [
      RowBlock(sample: 1, inputRow: 8, outputRow: 0, count: 3),
      RowBlock(sample: 0, inputRow: 2, outputRow: 6, count: 5),
    ]
    for adds in [false, true] {
      let results = [nil, Self.block(l)].map { block in
        let graph = Graph<Float>()
        let map = LinearMap(
          graph.constant(w), logits: graph.constant(l), samples: 2,
          noise: Self.random.stream("noise").at(step: 1), part: block.map { LivePart(of: w, $0) })
        var (y, dX) = (start, x)
        map.multiply(x, into: &y, blocks: blocks, adds: adds)
        map.multiplyTransposed(start, into: &dX, blocks: blocks, adds: adds)
        return [y, dX]
      }
      #expect(relativeError(results[1][0], results[0][0]) < 1e-6)
      #expect(relativeError(results[1][1], results[0][1]) < 1e-6)
      #expect(results[1][0].rows(3..<6) == start.rows(3..<6), "other rows stay")
    }
  }

  @Test func `nothing alive gives nothing`() throws {
    let shape: Shape = [6, 5]
    let graph = Graph<Float>()
    let x = graph.variable(Tensor<Float>(repeating: 1, shape: [4, 5]))
    let logits = graph.variable(Tensor<Float>(repeating: -30, shape: shape))
    let weight = Tensor<Float>(repeating: 1, shape: shape)
    let map = LinearMap(
      graph.constant(weight), logits: logits, samples: 2,
      noise: Self.random.stream("noise").at(step: 1),
      part: LivePart(of: weight, LiveBlock(of: shape, rows: [], columns: [])))
    let y = graph.linear(x, map: map)
    graph.backward(from: graph.mean(y))
    #expect(y.tensor.maximumMagnitude() == 0)
    #expect(try #require(graph.gradient(of: x)).maximumMagnitude() == 0)
    #expect(try #require(graph.gradient(of: logits)).maximumMagnitude() == 0)
  }

  // MARK: Training

  private let network = SequentialNetwork<Float>(
    .feedForward(sizes: [12, 48, 40, 5]), random: Self.random)
  private let inputs: Tensor<Float> = Self.random.stream("batch").uniform([32, 12], in: -1...1)
  private let classes = Self.random.stream("classes").integers(32, below: 5)

  private func trainer(drops: Bool, frozen: FrozenGradients<Float>) -> MaskTrainer<Float> {
    MaskTrainer(
      masking: network.parameters, stage: "s",
      settings: .init(
        learningRate: 0.3, beta: 0.0005, batch: 32, clip: 0.05, clipScope: .reference,
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

  /// Most weights die within the first hundred steps; what is left is trained as without the switch.
  @Test func `masks are those of products with everything`() throws {
    let (one, other) = (
      trainer(drops: true, frozen: frozen()), trainer(drops: false, frozen: frozen())
    )
    for number in 0..<200 {
      let (a, b) = (step(one, number), step(other, number))
      #expect(abs(a.loss - b.loss) < 1e-3 * max(1, b.loss))
      #expect(abs(a.gradientNorm - b.gradientNorm) < 1e-3 * max(1, b.gradientNorm))
    }
    let flags = try #require(one.state["mask.live.rows.layers.1.weight"])
    #expect(flags.sum() < 40 && flags.sum() > 0, "rows have left: \(flags.sum())")
    #expect(!other.state.keys.contains { $0.hasPrefix("mask.live") })
    #expect(one.masks == other.masks)
    #expect(one.keptFraction > 0 && one.keptFraction < 0.5)
    #expect(abs(one.meanKeepProbability - other.meanKeepProbability) < 1e-4)
  }

  @Test func `a resumed training goes on with the same bits`() throws {
    let accumulators = frozen()
    let whole = trainer(drops: true, frozen: accumulators)
    for number in 0..<160 { _ = step(whole, number) }
    let before = frozen()
    let first = trainer(drops: true, frozen: before)
    for number in 0..<150 { _ = step(first, number) }
    #expect(first.state.keys.contains("mask.live.rows.layers.1.weight"))
    let after = FrozenGradients(network.parameters, startingFrom: before.tensors)
    let second = trainer(drops: true, frozen: after)
    try second.restore(stepCount: 150, state: first.state)
    for number in 150..<160 { _ = step(second, number) }
    #expect(second.state == whole.state && after.tensors == accumulators.tensors)
  }
}
