import Clusters
import Store
import Tensors
import Testing

@Suite struct WeightGraphTests {
  private let random = RandomSource(seed: 1)

  @Test func normalizedCutsOfHandMadeGraphs() throws {
    for item in try Fixture("ncut_small").value["cases"]?.arrayValue ?? [] {
      let graph = WeightGraph.chain(item["weights"]?.arrayValue?.map(\.rows) ?? [])
      let labels = try #require(item["labels"]?.integers)
      let cut = try #require(item["ncut"]?.numberValue)
      #expect(abs(graph.normalizedCut(labels) - cut) < 1e-9)
    }
  }

  @Test func normalizedCutAgreesWithADoubleLoop() {
    let weights = PlantedLayers.weights([7, 9, 5, 4], clusters: 2, up: 1, down: 0.3, seed: 11)
    let graph = WeightGraph.chain(weights)
    let labels = random.stream("labels").integers(graph.vertexCount, below: 4)
    let adjacency = graph.naiveAdjacency()
    var expected = 0.0
    for cluster in 0..<4 {
      var (cut, volume) = (0.0, 0.0)
      for i in labels.indices where labels[i] == cluster {
        for j in labels.indices {
          volume += adjacency[i][j]
          if labels[j] != cluster { cut += adjacency[i][j] }
        }
      }
      expected += cut / (volume + 1e-8)
    }
    #expect(abs(graph.normalizedCut(labels) - expected) < 1e-12)
  }

  /// Compares with LAPACK's solver of the whole matrix, and every pair with its equation.
  private func expectEigenpairs(of graph: WeightGraph, count: Int) throws {
    let (adjacency, degrees) = (graph.naiveAdjacency(), graph.degrees)
    let n = graph.vertexCount
    let normalized = (0..<n).flatMap { i in
      (0..<n).map { j in adjacency[i][j] / (degrees[i] * degrees[j]).squareRoot() }
    }
    let dense = SymmetricEigenproblem.all(of: normalized, order: n).values.map { 1 - $0 }
    let found = try SpectralDecomposition(of: graph, count: count, random: random.stream("e"))
    #expect(found.eigenvalues.count == min(count, n))
    for (value, wanted) in zip(found.eigenvalues, dense) { #expect(abs(value - wanted) < 1e-10) }
    for (value, u) in zip(found.eigenvalues, found.vectors) {
      var norm = 0.0
      for i in 0..<n {
        // L u = λ D u, row by row.
        let product = (0..<n).reduce(0) { $0 + adjacency[i][$1] * u[$1] }
        #expect(abs(degrees[i] * u[i] - product - value * degrees[i] * u[i]) < 1e-9)
        norm += degrees[i] * u[i] * u[i]
      }
      #expect(abs(norm - 1) < 1e-12)
    }
  }

  @Test(
    arguments: [
      ([3, 2], 0.5), ([5, 6, 4], 0), ([40, 50, 30], 0.5), ([80, 70, 50, 10], 0), ([100, 90], 0.9),
    ] as [([Int], Double)])
  func eigenpairsOfChains(sizes: [Int], down: Double) throws {
    let weights = PlantedLayers.weights(
      sizes, clusters: 2, up: 1, down: down, seed: UInt64(sizes.count))
    try expectEigenpairs(of: .chain(weights), count: 8)
    // Vertices without edges are left out first.
    let pruned = WeightGraph.chain(PlantedLayers.pruned(weights, share: 0.8))
    try expectEigenpairs(of: pruned.keeping(pruned.degrees.map { $0 > 0 }), count: 8)
  }

  @Test func eigenpairsOfAGraphWithoutTwoSides() throws {
    let weights = PlantedLayers.weights(
      [40, 50, 45, 40], clusters: 3, up: 1, down: 0.4, seed: 21
    ).map { $0.flatMap { row in row.map { abs($0) } } }
    let groups = [40, 50, 45].enumerated().map {
      WeightGraph.Group(layer: "g\($0.offset)", count: $0.element)
    }
    let triangle = WeightGraph(
      groups: groups,
      blocks: [
        .init(source: 0, target: 1, weights: weights[0]),
        .init(source: 1, target: 2, weights: weights[1]),
        .init(source: 2, target: 0, weights: weights[2]),
      ])
    try expectEigenpairs(of: triangle, count: 8)
  }

  @Test func eigenpairsOfAGraphOfRankOne() throws {
    let graph = WeightGraph(
      chain: [60, 70].map { WeightGraph.Group(layer: "\($0)", count: $0) },
      weights: [(0..<4200).map { 0.5 + Double($0 / 70 % 5) }])
    try expectEigenpairs(of: graph, count: 8)
  }

  @Test func edgesOfConvolutions() throws {
    let fixture = try Fixture("conv_graph").value
    let (inputs, outputs) = (4, 5)
    let kernel = fixture["kernel_hwio"]?.arrayValue?.map { $0.arrayValue?.map(\.rows) ?? [] } ?? []
    // The fixture has PyTorch's axes in the order height, width, inputs, outputs.
    var scalars: [Float] = []
    for o in 0..<outputs {
      for i in 0..<inputs {
        for h in 0..<3 { for w in 0..<3 { scalars.append(Float(kernel[h][w][i][o])) } }
      }
    }
    let tensor = Tensor(scalars, shape: [outputs, inputs, 3, 3])
    func expect(_ found: [Double], _ expected: JSONValue?) {
      let expected = expected?.rows.flatMap(\.self) ?? []
      #expect(found.count == expected.count)
      // The kernel was rounded to single precision.
      for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-6 * max(1, b)) }
    }
    let slices = EdgeWeights.convolution(tensor, norm: .sum)
    expect(slices, fixture["l1_slices"])
    expect(EdgeWeights.convolution(tensor, norm: .euclidean), fixture["l2_slices"])
    expect(EdgeWeights.convolution(tensor, norm: .column), fixture["column_slices"])

    let gamma = (fixture["bn_gamma"]?.numbers ?? []).map { Float($0) }
    let variance = (fixture["bn_moving_var"]?.numbers ?? []).map { Float($0) }
    func scale(_ count: Int) -> [Double] {
      EdgeWeights.scale(
        gamma: Tensor(Array(gamma.prefix(count)), shape: [count]),
        variance: Tensor(Array(variance.prefix(count)), shape: [count]), epsilon: 1e-3)
    }
    expect(
      EdgeWeights.scaled(slices, outputs: scale(outputs)), fixture["l1_slices_bn_outputs"])
    expect(
      EdgeWeights.scaled(slices, inputs: scale(inputs)), fixture["l1_slices_bn_inputs"])
  }

  @Test func edgesOfLinearLayersAreTransposed() {
    let weight = Tensor<Float>([1, -2, 3, -4, 5, -6], shape: [2, 3])
    #expect(EdgeWeights.linear(weight) == [1, 4, 2, 5, 3, 6])
  }

  @Test(arguments: WeightShuffle.allCases)
  func shufflesKeepWhatTheyPromise(_ shuffle: WeightShuffle) {
    let weights = PlantedLayers.pruned(
      PlantedLayers.weights([20, 30, 10], clusters: 2, up: 1, down: 0.5, seed: 9), share: 0.5)
    let graph = WeightGraph.chain(weights)
    let shuffled = shuffle.shuffled(graph, sample: 3, random: random, name: "s")
    let again = shuffle.shuffled(graph, sample: 3, random: random, name: "s")
    let other = shuffle.shuffled(graph, sample: 4, random: random, name: "s")
    for (index, block) in graph.blocks.enumerated() {
      let (old, new) = (block.weights, shuffled.blocks[index].weights)
      #expect(new == again.blocks[index].weights)
      #expect(new != other.blocks[index].weights && new != old)
      #expect(new.filter { $0 == 0 }.count == old.filter { $0 == 0 }.count)
      let keepsPlaces = shuffle == .layerNonzero || shuffle == .layerNonzeroDistribution
      #expect(zip(old, new).allSatisfy { ($0 == 0) == ($1 == 0) } == keepsPlaces)
      let keepsValues = shuffle == .layer || shuffle == .layerNonzero
      #expect((old.sorted() == new.sorted()) == keepsValues)
      if !keepsValues {
        // Drawn anew around the old values.
        let mean = { (values: [Double]) in values.reduce(0, +) / Double(values.count) }
        #expect(abs(mean(new) - mean(old)) < 0.1)
      }
    }
  }

  @Test func clusterabilityOfHandMadeNumbers() {
    let result = Clusterability(normalizedCut: 1, shuffled: [2, 4, 0.5, 5.5])
    #expect(result.mean == 3)
    #expect(abs(result.standardDeviation - (3.625).squareRoot()) < 1e-12)
    #expect(abs(result.z + 2 / (3.625).squareRoot()) < 1e-12)
    #expect(result.p == 0.4)
  }
}
