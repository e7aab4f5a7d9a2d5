import Clusters
import Foundation
import Store
import Tensors
import Testing

/// Graphs of how alike units answer.
@Suite struct ActivationGraphTests {
  private let random = RandomSource(seed: 7)

  /// Layers of some sizes from one matrix, examples×all units.
  private func layers(_ columns: [[Double]], _ sizes: [Int]) -> [(
    layer: String, values: Tensor<Float>
  )] {
    var start = 0
    return sizes.enumerated().map { number, size in
      defer { start += size }
      let values = columns.flatMap { row in row[start..<(start + size)].map { Float($0) } }
      return ("layers.\(number)", Tensor(values, shape: [columns.count, size]))
    }
  }

  @Test func `edges are the squared rank correlations of SciPy`() throws {
    let fixture = try Fixture("activation_graph").value
    let (sizes, examples) = (
      fixture["sizes"]?.integers ?? [], fixture["examples"]?.integers(or: 40) ?? 40
    )
    let width = sizes.reduce(0, +)
    let u = PlantedLayers.uniform(seed: 701, count: examples * width)
    var columns = (0..<examples).map { example in
      (0..<width).map { ((8 * u[example * width + $0] - 4).rounded(.toNearestOrEven)) / 8 }
    }
    for example in columns.indices {
      for unit in stride(from: 1, to: width, by: 2) {
        columns[example][unit] += columns[example][0]
      }
      columns[example][7] = 0.25
    }
    let graph = WeightGraph(activations: layers(columns, sizes))
    let expected = fixture["adjacency"]?.rows ?? []
    #expect(expected.count == width && graph.groups.map(\.count) == sizes)
    let found = graph.naiveAdjacency()
    for row in 0..<width {
      for column in 0..<width {
        #expect(abs(found[row][column] - expected[row][column]) < 1e-12, "\(row), \(column)")
      }
      let degree = expected[row].reduce(0, +)
      #expect(abs(graph.degrees[row] - degree) < 1e-11)
    }
    #expect(graph.degrees[7] == 0, "a unit that never changes")
    // n-cut by the definition.
    let labels = (0..<width).map { $0 % 3 }
    let cut = (0..<3).reduce(0) { sum, cluster in
      let own = labels.indices.filter { labels[$0] == cluster }
      let volume = own.reduce(0) { $0 + expected[$1].reduce(0, +) }
      let inner = own.reduce(0) { sum, i in sum + own.reduce(0) { $0 + expected[i][$1] } }
      return sum + (volume - inner) / (volume + 1e-8)
    }
    #expect(abs(graph.normalizedCut(labels) - cut) < 1e-10)
  }

  /// Units of three layers that follow one of two hidden causes each, with noise.
  private func planted(_ sizes: [Int], examples: Int = 300) -> WeightGraph {
    let width = sizes.reduce(0, +)
    let noise: Tensor<Double> = random.stream("noise").normal([examples, width + 2])
    let columns = (0..<examples).map { example in
      (0..<width).map { unit in
        let cause = noise[example, width + unit % 2] * (unit % 3 == 0 ? -1 : 1)
        return cause + 0.7 * noise[example, unit]
      }
    }
    return WeightGraph(activations: layers(columns, sizes))
  }

  /// By the iteration and by LAPACK, which small graphs take.
  @Test(arguments: [[6, 8, 6], [60, 80, 60]])
  func `units of one cause are one cluster`(_ sizes: [Int]) throws {
    let graph = planted(sizes)
    let clustering = try SpectralClustering(graph, clusters: [2], random: random, name: "c")
    let labels = clustering.partition(into: 2).labels.flatMap(\.self)
    #expect(labels.indices.allSatisfy { (labels[$0] == labels[0]) == ($0 % 2 == 0) })
    #expect(clustering.eigenvalues(for: 2)[0] < 1e-12)
    #expect(clustering.eigenvalues(for: 2)[1] < 0.5 && clustering.eigenvalues(for: 2)[2] > 0.8)
  }

  @Test func `the middle layer alone shows what was planted`() throws {
    let graph = planted([10, 12, 10])
    let global = [[Int](repeating: 0, count: 10), (0..<12).map { $0 % 4 < 2 ? 0 : 1 }]
    let local = try LocalClustering.labels(
      of: graph, reach: .alone, guidedBy: global + [[Int](repeating: 0, count: 10)], random: random,
      name: "l")
    #expect(Set(local[0]) == [0] && Set(local[2]) == [0])
    #expect(local[1].indices.allSatisfy { (local[1][$0] == local[1][0]) == ($0 % 2 == 0) })
  }

  @Test func `all edges of the graph change places at once`() {
    let graph = planted([4, 5, 3])
    func weights(_ graph: WeightGraph) -> [Double] {
      let matrix = graph.naiveAdjacency()
      return (0..<12).flatMap { row in (0..<row).map { matrix[row][$0] } }
    }
    func shuffled(_ sample: Int) -> WeightGraph {
      WeightShuffle.layer.shuffled(graph, sample: sample, random: random, name: "s")
    }
    let (old, new) = (weights(graph), weights(shuffled(0)))
    #expect(new != old && new.sorted() == old.sorted())
    #expect(weights(shuffled(0)) == new && weights(shuffled(1)) != new)
    #expect((0..<12).allSatisfy { shuffled(0).naiveAdjacency()[$0][$0] == 0 })
    // Edges between the first two layers do not stay there.
    let between = Set(graph.blocks[1].weights)
    #expect(shuffled(0).blocks[1].weights.contains { !between.contains($0) })
  }
}
