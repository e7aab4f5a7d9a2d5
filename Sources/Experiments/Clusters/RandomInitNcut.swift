import Clusters
import Datasets
import ExperimentKit
import NeuralNetworks
import Store
import Tensors

/// Everything a manifest can say about the clusterability of untrained networks.
struct RandomInitSettings: Settings {
  var network = NetworkForm()
  var clusters = ClusterSettings()
  var trials = 100

  static let schema = Schema<RandomInitSettings>([
    .section("network", \.network, "the networks"),
    .section("clusters", \.clusters, "partition of the units, into one number of clusters"),
    .integer(
      "trials", \.trials, in: 1...100_000, unit: "networks", paper: "100",
      "networks that are initialised and partitioned"),
  ])
}

/// How clusterable are networks that have not been trained?
///
/// Networks are initialised and partitioned. No data are needed, and the published mean of the
/// feed-forward network checks the whole way from weights to normalised cuts. Filan, Casper, Hod, Wild,
/// Critch, Russell: Clusterability in neural networks, 2021, section 3.
struct RandomInitNcut: Kind {
  typealias Configuration = RandomInitSettings

  let name = "random-init-ncut"
  let summary = "How clusterable are networks that have not been trained?"
  let section = ""
  let version = 1
  let tables: [Table] = [.randomInit]

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    try c.clusters.validate()
    guard c.clusters.graph == .weights else {
      throw Failure(
        .manifestInvalid, "'clusters.graph: \(c.clusters.graph.rawValue)' of untrained networks",
        why: "their weights are partitioned", help: "leave out 'graph'")
    }
    guard c.clusters.k.count == 1 else {
      throw Failure(
        .manifestInvalid, "'clusters.k' has \(c.clusters.k.count) numbers of clusters",
        why: "untrained networks are partitioned into one number of clusters",
        help: "make variants of the study")
    }
    let units = try c.network.units(Self.extents(c.network.kind))
    return PreparedStudy(
      steps: (0..<c.trials).map { trial in
        RunStep(
          Self.stepName(trial), .clustering, count: 1, operations: c.clusters.operations(units))
      }, key: nil,
      architecture: {
        units.description.outline.architecture(
          batch: nil, maskBatch: nil, isMasked: { _ in false })
      },
      run: { context in
        for trial in 0..<c.trials {
          try context.evaluate(Self.stepName(trial)) {
            try measure(trial, c, units, context)
          }
        }
      }, evaluationSet: { _ in throw Self.noPredictions },
      predict: { _ in throw Self.noPredictions })
  }

  private static func stepName(_ trial: Int) -> String { "cluster-trial-\(trial)" }

  private static var noPredictions: Failure {
    Failure(.usage, "untrained networks predict nothing")
  }

  /// The images that a network would take.
  private static func extents(_ kind: NetworkForm.Kind) -> ImageSet.Extents {
    kind == .vgg
      ? ImageSet.Extents(channels: 3, height: 32, width: 32)
      : ImageSet.Extents(channels: 1, height: 28, width: 28)
  }

  private func measure(
    _ trial: Int, _ c: Configuration, _ units: UnitLayers, _ context: RunContext
  ) throws {
    let seed = context.random("trials").integers(1, below: Int.max, step: trial)[0]
    let network = c.network.makeNetwork(
      units, random: RandomSource(seed: UInt64(seed)), includesInputs: true)
    let graph = WeightGraph(
      units, tensors: network.tensors, settings: c.clusters.graphSettings)
    let k = c.clusters.k
    let clustering = try SpectralClustering.of(
      graph, k: k, random: context.random, name: "clusters/trial-\(trial)")
    let cut = clustering.partition(
      into: k[0], by: c.clusters.assign, restarts: c.clusters.restarts
    ).normalizedCut
    context.record(
      .randomInit,
      [c.network.kind.rawValue, c.network.initialization.rawValue, String(trial)], "ncut", cut)
  }
}
