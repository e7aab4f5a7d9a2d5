import Clusters
import ExperimentKit
import NetworkFiles
import NeuralNetworks
import Store
import Tensors

/// Partitions a network in one of its stages, compares it with its shuffles, and records both.
struct StageClustering {
  let settings: ClusterSettings
  let network: StagedNetwork
  let stage: String

  private var units: UnitLayers { network.units }
  private var context: RunContext { network.context }
  private var vertices: [(layer: String, count: Int)] { settings.vertices(units) }

  /// Name of the step that clusters a stage.
  static func stepName(_ stage: String) -> String { "cluster-\(stage)" }
  /// Name of the step that clusters shuffles of a stage.
  static func shuffleStepName(_ stage: String, _ method: WeightShuffle) -> String {
    "shuffle-\(stage)-\(method.rawValue)"
  }

  /// Why a graph of activations needs examples.
  static let needOfExamples = "units are compared by their activations"

  /// The graph of the whole network.
  private func graph(_ tensors: [String: Tensor<Float>]) throws -> WeightGraph {
    guard settings.graph.whole == .activations else {
      return WeightGraph(units, tensors: tensors, settings: settings.graphSettings)
    }
    let examples = network.neededExamples.train
    let values = try UnitActivations(
      network: network.network(tensors), examples: examples, mapNorm: settings.mapNorm,
      context: context
    ).values(.beforeActivation, count: min(examples.count, ClusterSettings.mostImages))
    return WeightGraph(activations: zip(units.layers, values).map { ($0.name, $1) })
  }

  private func clustering(_ graph: WeightGraph) throws -> SpectralClustering {
    try .of(
      graph, k: settings.k, random: context.random,
      name: "clusters/\(stage)/\(settings.graph.whole.rawValue)")
  }

  // MARK: Partitions

  /// Finds the partitions into all numbers of clusters.
  ///
  /// - Returns: the layers of every partition.
  func partition(
    _ tensors: [String: Tensor<Float>]
  ) throws -> [PartitionFile.Name: [PartitionFile.Layer]] {
    let vertices = vertices
    let stored = try context.evaluateKeepingResult(Self.stepName(stage)) {
      let graph = try graph(tensors)
      let clustering = try clustering(graph)
      warnOfComponents(clustering)
      record(eigenvalues: clustering)
      var result: [String: StoredTensor] = [:]
      for k in settings.k {
        try context.checkCancellation()
        let partition = clustering.partition(
          into: k, by: settings.assign, restarts: settings.restarts, measuresStability: true)
        record(partition, k: k, of: clustering)
        let labels = try labels(partition, k: k, of: graph)
        recordSizes(labels, k: k)
        for ((layer, count), labels) in zip(vertices, labels) {
          result["\(settings.partition(k))/\(layer)"] = .int64(labels.map(Int64.init), [count])
        }
      }
      return result
    }
    var partitions: [PartitionFile.Name: [PartitionFile.Layer]] = [:]
    for name in settings.k.map(settings.partition) {
      partitions[PartitionFile.Name(stage: stage, partition: name)] = vertices.map { layer, _ in
        guard case .int64(let labels, _)? = stored["\(name)/\(layer)"] else {
          fatalError("a clustering without labels of \(layer)")
        }
        return PartitionFile.Layer(name: layer, labels: labels.map { Int($0) })
      }
    }
    return partitions
  }

  /// The labels of all vertices: of the partition, or layer by layer with its numbers of clusters.
  private func labels(
    _ partition: SpectralClustering.Partition, k: Int, of graph: WeightGraph
  ) throws -> [[Int]] {
    guard settings.graph.isLocal else { return partition.labels }
    return try SpectralClustering.explaining { () throws(SpectralClustering.Problem) in
      try LocalClustering.labels(
        of: graph, reach: settings.graph.whole == .weights ? .neighbours : .alone,
        guidedBy: partition.labels, by: settings.assign, restarts: settings.restarts,
        random: context.random, name: "clusters/\(stage)/\(settings.partition(k))")
    }
  }

  private func warnOfComponents(_ clustering: SpectralClustering) {
    let sizes = clustering.componentSizes
    guard sizes.count > 1 else { return }
    let shown = sizes.prefix(8).map(String.init).joined(separator: ", ")
    context.warn(
      "the graph of stage '\(stage)' has \(sizes.count) components, of \(shown)"
        + (sizes.count > 8 ? ", …" : "") + " units: as many eigenvalues are 0")
  }

  private func record(eigenvalues clustering: SpectralClustering) {
    let largest = settings.k.max() ?? 2
    for (index, value) in clustering.eigenvalues(for: largest).prefix(largest + 2).enumerated() {
      context.record(
        .eigenvalues, [stage, settings.graph.whole.rawValue, String(index + 1)], "eigenvalue", value
      )
    }
  }

  private func record(
    _ partition: SpectralClustering.Partition, k: Int, of clustering: SpectralClustering
  ) {
    let keys = [stage, settings.wholePartition(k)]
    func record(_ metric: String, _ value: Double) { context.record(.ncut, keys, metric, value) }
    record("ncut", partition.normalizedCut)
    record("ave_in_out", partition.averageInOut)
    record("n_vertices", Double(clustering.graph.vertexCount))
    record("n_isolated", Double(clustering.isolatedCount))
    record("n_components", Double(clustering.componentSizes.count))
    if let eigengap = partition.eigengap { record("eigengap", eigengap) }
    record("inertia", partition.inertia)
    if let stability = partition.stability { record("ari_restarts", stability) }
  }

  private func recordSizes(_ labels: [[Int]], k: Int) {
    let layers = vertices.map(\.layer)
    for (layer, labels) in zip(layers + ["all"], labels + [labels.flatMap(\.self)]) {
      recordSizes([stage, settings.partition(k)], layer, labels)
    }
  }

  private func recordSizes(_ keys: [String], _ layer: String, _ labels: [Int]) {
    var sizes = labels.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
    let isolated = sizes.removeValue(forKey: -1) ?? 0
    context.record(.partition, keys + [layer], "n_units", Double(labels.count))
    context.record(.partition, keys + [layer], "n_isolated", Double(isolated))
    context.record(.partition, keys + [layer], "n_clusters", Double(sizes.count))
    guard layer != "all" else { return }
    for (cluster, count) in sizes {
      let keys = keys + [layer, String(cluster)]
      context.record(.clusterSizes, keys, "n_units", Double(count))
      context.record(
        .clusterSizes, keys, "proportion", Double(count) / Double(labels.count - isolated))
    }
  }

  // MARK: Shuffles

  /// Clusters the graph with shuffled weights, and compares its cuts with the recorded ones of the
  /// stage.
  func shuffle(
    _ tensors: [String: Tensor<Float>], by method: WeightShuffle, samples: Int
  ) throws {
    try context.evaluate(Self.shuffleStepName(stage, method)) {
      let whole = try graph(tensors)
      let graph = whole.keeping(whole.degrees.map { $0 > 0 })
      var cuts: [Int: [Double]] = [:]
      for sample in 0..<samples {
        try context.checkCancellation()
        let name = "shuffles/\(stage)"
        let clustering = try SpectralClustering.of(
          method.shuffled(graph, sample: sample, random: context.random, name: name),
          k: settings.k, random: context.random, name: "\(name)/\(sample)")
        for k in settings.k {
          let cut = clustering.partition(into: k, by: settings.assign, restarts: settings.restarts)
            .normalizedCut
          cuts[k, default: []].append(cut)
          let keys = [stage, settings.partition(k), method.rawValue, String(sample)]
          context.record(.ncutSamples, keys, "ncut", cut)
        }
      }
      for k in settings.k { recordComparison(k, method, cuts[k] ?? []) }
    }
  }

  private func recordComparison(_ k: Int, _ method: WeightShuffle, _ shuffled: [Double]) {
    let partition = settings.partition(k)
    let own = context.records(of: .ncut).first {
      $0.keys == [stage, partition] && $0.metric == "ncut"
    }
    guard let own else { fatalError("a stage that was not clustered") }
    let result = Clusterability(normalizedCut: own.value, shuffled: shuffled)
    let keys = [stage, partition, method.rawValue]
    context.record(.ncutShuffle, keys, "n_samples", Double(shuffled.count))
    context.record(.ncutShuffle, keys, "shuffled_mean", result.mean)
    context.record(.ncutShuffle, keys, "shuffled_std", result.standardDeviation)
    context.record(.ncutShuffle, keys, "z", result.z)
    context.record(.ncutShuffle, keys, "p", result.p)
  }
}

extension SpectralClustering {
  /// Prepares partitions; what cannot be clustered fails the run with a text.
  ///
  /// - Throws: ``Failure``.
  static func of(
    _ graph: WeightGraph, k: [Int], random: RandomSource, name: String
  ) throws -> SpectralClustering {
    try explaining { () throws(Problem) in
      try SpectralClustering(graph, clusters: k, random: random, name: name)
    }
  }

  /// Does what may find no clusters; a problem fails the run with a text.
  ///
  /// - Throws: ``Failure``.
  static func explaining<Result>(_ body: () throws(Problem) -> Result) throws -> Result {
    do throws(Problem) {
      return try body()
    } catch {
      switch error {
      case .tooFewVertices(let clusters, let vertices):
        throw Failure(
          .runFailed, "no partition into \(clusters) clusters: only \(vertices) units have edges",
          help: "lower clusters.k")
      case .notConverged(let problem): throw Failure(.runFailed, "\(problem)")
      }
    }
  }
}
