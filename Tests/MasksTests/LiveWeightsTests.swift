import Autograd
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

  /// The map of a weight, or of a block of it.
  private static func map(
    _ weight: Value<Float>, _ logits: Value<Float>, _ block: LiveBlock?, samples: Int, step: Int,
    on graph: Graph<Float>
  ) -> LinearMap<Float> {
    let noise = random.stream("noise").at(step: step)
    guard let block else {
      return LinearMap(weight, logits: logits, samples: samples, noise: noise)
    }
    return LinearMap(
      graph.elements(weight, of: block), in: block, logits: graph.elements(logits, of: block),
      samples: samples, noise: noise)
  }

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
        let map = Self.map(vW, vL, block, samples: 4, step: 3, on: graph)
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
        let map = Self.map(
          graph.constant(w), graph.constant(l), block, samples: 2, step: 1, on: graph)
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
    let map = Self.map(
      graph.constant(weight), logits, LiveBlock(of: shape, rows: [], columns: []), samples: 2,
      step: 1, on: graph)
    let y = graph.linear(x, map: map)
    graph.backward(from: graph.mean(y))
    #expect(y.tensor.maximumMagnitude() == 0)
    #expect(try #require(graph.gradient(of: x)).maximumMagnitude() == 0)
    #expect(try #require(graph.gradient(of: logits)).maximumMagnitude() == 0)
  }
}
