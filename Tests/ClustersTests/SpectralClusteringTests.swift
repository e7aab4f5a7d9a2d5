import Clusters
import Statistics
import Store
import Tensors
import Testing

@Suite struct SpectralClusteringTests {
  private let random = RandomSource(seed: 42)

  /// Compares eigenvalues, projector and partition with those of SciPy and scikit-learn.
  private func compare(_ graph: WeightGraph, _ expected: JSONValue, tolerance: Double) throws {
    let k = try #require(expected["k"]?.integers(or: 0))
    let clustering = try SpectralClustering(
      graph, clusters: [k], random: random, name: "clusters/test")
    #expect(clustering.graph.vertexCount == expected["n_kept"]?.integers(or: 0))
    #expect(clustering.componentSizes.count == expected["components"]?.integers(or: 0))
    #expect(
      clustering.isolatedCount == expected["isolated"]?.arrayValue?.count)

    let eigenvalues = try #require(expected["eigenvalues_first"]?.numbers)
    let found = clustering.eigenvalues(for: k)
    for (value, wanted) in zip(found, eigenvalues) { #expect(abs(value - wanted) < tolerance) }

    // Eigenvectors are only defined up to rotations: what is compared is the projector.
    let decomposition = try SpectralDecomposition(
      of: clustering.graph, count: SpectralDecomposition.count(for: k),
      random: random.stream("projector"))
    let rows = (0..<clustering.graph.vertexCount).map { vertex in
      (0..<k).map { decomposition.vectors[$0][vertex] }
    }
    func product(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let trace = rows.reduce(0) { $0 + product($1, $1) }
    #expect(abs(trace - (expected["projector_trace"]?.numberValue ?? 0)) < 1e-8)
    for (index, wanted) in (expected["projector_row0_first8"]?.numbers ?? []).enumerated() {
      #expect(abs(product(rows[0], rows[index]) - wanted) < 1e-8)
    }

    let partition = clustering.partition(into: k)
    #expect(partition.inertia <= 1.02 * (expected["best_kmeans_inertia"]?.numberValue ?? 0))
    #expect(partition.normalizedCut >= found.prefix(k).reduce(0, +) - 1e-9)
    let labels = try #require(expected["sklearn_labels"]?.integers)
    #expect(
      abs(clustering.graph.normalizedCut(labels) - (expected["sklearn_ncut"]?.numberValue ?? 0))
        < 1e-9)
  }

  @Test func agreesWithSciPyOnASmallGraphWithAnIsolatedVertex() throws {
    let fixture = try Fixture("graph60").value
    let graph = WeightGraph.chain(fixture["weights"]?.arrayValue?.map(\.rows) ?? [])
    for key in ["k4", "k12"] {
      try compare(graph, try #require(fixture[key]), tolerance: 1e-10)
    }
    let clustering = try SpectralClustering(
      graph, clusters: [4], random: random, name: "clusters/test")
    let labels = clustering.partition(into: 4).labels
    #expect(labels.map(\.count) == [20, 16, 14, 10])
    #expect(labels[1][5] == -1)
    #expect(labels.joined().filter { $0 == -1 }.count == 1)
  }

  @Test func weightedAssignmentReachesTheInertiaOfScikitLearn() throws {
    let fixture = try Fixture("graph60").value
    let graph = WeightGraph.chain(fixture["weights"]?.arrayValue?.map(\.rows) ?? [])
    let best = try Fixture("weighted").value
    for k in [4, 12] {
      let expected = try #require(best["graph60_k\(k)"])
      let clustering = try SpectralClustering(
        graph, clusters: [k], random: random, name: "clusters/test")
      for (assignment, key) in [
        (SpectralClustering.Assignment.kmeans, "plain"), (.weighted, "weighted"),
      ] {
        let inertia = try #require(expected[key]?.numberValue)
        // The expected inertia is the best of many restarts.
        #expect(
          clustering.partition(into: k, by: assignment, restarts: 200).inertia <= 1.02 * inertia)
      }
    }
  }

  @Test func agreesWithSciPyOnALargeGraph() throws {
    let fixture = try Fixture("graph1044").value
    let sizes = try #require(fixture["layer_sizes"]?.integers)
    let weights = PlantedLayers.weights(sizes, clusters: 6, up: 1, down: 0.5, seed: 201)
    for (matrix, first) in zip(weights, fixture["first_weights"]?.rows ?? []) {
      #expect(zip(matrix[0], first).allSatisfy { abs($0 - $1) < 1e-15 })
    }
    let dense = WeightGraph.chain(weights)
    let pruned = WeightGraph.chain(PlantedLayers.pruned(weights, share: 0.9))
    for (graph, name) in [(dense, "dense"), (pruned, "pruned90")] {
      for k in [6, 12] {
        try compare(graph, try #require(fixture["\(name)_k\(k)"]), tolerance: 1e-9)
      }
    }
    // Here the gap behind the sixth eigenvalue is wide, and the planted classes are found.
    let clustering = try SpectralClustering(
      pruned, clusters: [6], random: random, name: "clusters/test")
    let partition = clustering.partition(into: 6, measuresStability: true)
    let planted = sizes.flatMap { (0..<$0).map { $0 % 6 } }
    #expect(
      PartitionAgreement(partition.labels.flatMap(\.self), planted).adjustedRandIndex == 1)
    #expect(abs(partition.normalizedCut - 0.5981328797) < 1e-9)
    #expect(partition.stability == 1)
  }

  @Test func partitionsDoNotDependOnOtherNumbersOfClusters() throws {
    let weights = PlantedLayers.weights([40, 60, 30], clusters: 5, up: 1, down: 0.6, seed: 7)
    let graph = WeightGraph.chain(weights)
    let alone = try SpectralClustering(graph, clusters: [12], random: random, name: "c")
    let both = try SpectralClustering(graph, clusters: [8, 12, 30], random: random, name: "c")
    #expect(alone.partition(into: 12).labels == both.partition(into: 12).labels)
    #expect(alone.partition(into: 12).inertia == both.partition(into: 12).inertia)
    #expect(alone.eigenvalues(for: 12) == both.eigenvalues(for: 12))
  }

  @Test func relabellingUnitsPermutesLabelsAndScalingChangesNothing() throws {
    let weights = PlantedLayers.weights([24, 36, 18], clusters: 3, up: 1, down: 0.1, seed: 3)
    let order = random.stream("order").permutation(36)
    let permuted = [
      weights[0].map { row in order.map { row[$0] } }, order.map { weights[1][$0] },
    ]
    func labels(_ weights: [[[Double]]]) throws -> [[Int]] {
      try SpectralClustering(.chain(weights), clusters: [3], random: random, name: "c")
        .partition(into: 3).labels
    }
    let plain = try labels(weights)
    let moved = try labels(permuted)
    let expected = [plain[0], order.map { plain[1][$0] }, plain[2]]
    #expect(
      PartitionAgreement(moved.flatMap(\.self), expected.flatMap(\.self)).adjustedRandIndex == 1)
    // A power of two changes no bit.
    let scaled = weights.map { $0.map { $0.map { $0 * 4 } } }
    #expect(try labels(scaled) == plain)
  }

  @Test func findsEveryComponent() throws {
    // Three blocks of units without edges between them: three eigenvalues 0.
    let weights = PlantedLayers.weights([60, 90, 60], clusters: 3, up: 1, down: 0, seed: 5)
    let clustering = try SpectralClustering(
      .chain(weights), clusters: [3], random: random, name: "c")
    #expect(clustering.componentSizes.count == 3)
    let eigenvalues = clustering.eigenvalues(for: 3)
    #expect(eigenvalues.prefix(3).allSatisfy { abs($0) < 1e-12 } && eigenvalues[3] > 0.01)
    let partition = clustering.partition(into: 3)
    #expect(partition.normalizedCut < 1e-9)
    let planted = [60, 90, 60].flatMap { (0..<$0).map { $0 % 3 } }
    #expect(
      PartitionAgreement(partition.labels.flatMap(\.self), planted).adjustedRandIndex == 1)
  }

  @Test func threadsChangeNoBit() async throws {
    let weights = PlantedLayers.weights([70, 90, 80, 60], clusters: 4, up: 1, down: 0.7, seed: 13)
    @Sendable func partition() throws -> SpectralClustering.Partition {
      try SpectralClustering(.chain(weights), clusters: [5], random: random, name: "c")
        .partition(into: 5)
    }
    let alone = try partition()
    let found = try await withThrowingTaskGroup(of: SpectralClustering.Partition.self) { group in
      for _ in 0..<4 { group.addTask { try partition() } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    for other in found {
      #expect(other.labels == alone.labels && other.inertia == alone.inertia)
      #expect(other.normalizedCut == alone.normalizedCut)
    }
  }

  @Test func layersAreClusteredWithTheirNeighboursAlone() throws {
    // Between the second and the third layer the groups change places.
    var weights = PlantedLayers.weights([30, 30, 30, 30], clusters: 2, up: 1, down: 0.01, seed: 4)
    weights[2] = Array(weights[2].dropFirst() + weights[2].prefix(1))
    let graph = WeightGraph.chain(weights)
    let global = try SpectralClustering(graph, clusters: [2], random: random, name: "c")
      .partition(into: 2).labels
    let local = try LocalClustering.labels(of: graph, guidedBy: global, random: random, name: "l")
    #expect(local.map(\.count) == [30, 30, 30, 30])
    for labels in local {
      #expect(labels.indices.allSatisfy { (labels[$0] == labels[0]) == ($0 % 2 == 0) })
    }
    // A layer that lies in one cluster stays in one.
    let one = [global[0].map { _ in 1 }] + global.dropFirst()
    let other = try LocalClustering.labels(of: graph, guidedBy: one, random: random, name: "l")
    #expect(Set(other[0]) == [0] && other[1] == local[1])
  }

  @Test func refusesMoreClustersThanVertices() {
    let graph = WeightGraph.chain([[[1, 0], [0, 0]]])
    #expect {
      try SpectralClustering(graph, clusters: [2, 3], random: random, name: "c")
    } throws: {
      guard case SpectralClustering.Problem.tooFewVertices(3, 2) = $0 else { return false }
      return true
    }
  }
}

extension JSONValue {
  func integers(or other: Int) -> Int { numberValue.map { Int($0) } ?? other }
}
