import Clusters
import ExperimentKit
import NetworkFiles
import NeuralNetworks
import Store
import Tensors

/// Makes the pictures of what the sub-clusters of a network look for, and of random units in their
/// place. Each layer of a partition is a phase of its own.
struct StageFeatures {
  let settings: FeatureSettings
  /// Takes images.
  let network: UnitNetwork<Float>
  let stage: String
  let context: RunContext

  /// What the names of random streams begin with.
  static let streams = "features"

  /// Name of the loop that makes the pictures of a layer; a step is one of Adam.
  static func phase(_ name: PartitionFile.Name, _ layer: String) -> String {
    "features-\(name.stage)-\(name.partition)-\(layer)"
  }

  /// The sub-clusters of a partition with the random units in their place.
  struct Plan {
    let name: PartitionFile.Name
    let subClusters: [SubCluster]
    /// For each sub-cluster, its units and then the sets of its controls.
    let units: [[[Int]]]
  }

  /// What was made of a sub-cluster.
  struct Found {
    let features: SubClusterFeatures
    /// Its image and those of its controls: (1 + R)×H×W×C.
    let images: Tensor<Float>
  }

  /// The plan of a partition.
  ///
  /// - Throws: ``Failure`` (run failed) when no sub-cluster is left.
  func plan(_ name: PartitionFile.Name, _ partition: UnitPartition) throws -> Plan {
    let subClusters = partition.featureSubClusters(settings)
    try partition.requireSubClusters(
      subClusters, name, section: "features", fate: "shown", minSize: settings.minimumSize,
      maxShare: settings.maximumShare)
    return Plan(
      name: name, subClusters: subClusters,
      units: subClusters.map { subCluster in
        [subCluster.units]
          + subCluster.randomUnits(
            count: settings.controls,
            random: context.random(subCluster.stream(Self.streams, name, "controls")))
      })
  }

  /// Makes the pictures of plans: for each, those of its sub-clusters in their order.
  ///
  /// - Throws: ``Cancelled``, ``Diverged``.
  func make(_ plans: [Plan]) throws -> [[Found]] {
    var found: [[Int: [Found]]] = plans.map { _ in [:] }
    try context.loops(
      plans.enumerated().flatMap { number, plan in
        network.units.layers.indices.map { layer in
          phase(plan, layer) { found[number][layer] = $0 }
        }
      })
    return found.map { layers in network.units.layers.indices.flatMap { layers[$0] ?? [] } }
  }

  private func phase(
    _ plan: Plan, _ layer: Int, finished: @escaping ([Found]) -> Void
  ) -> IndependentPhase {
    let own = plan.subClusters.indices.filter { plan.subClusters[$0].layer == layer }
    let (subClusters, units) = (own.map { plan.subClusters[$0] }, own.map { plan.units[$0] })
    let name = network.units.layers[layer].name
    return IndependentPhase(
      Self.phase(plan.name, name), steps: settings.steps,
      makeState: {
        LayerFeatures(
          network, layer: layer, units: units.flatMap(\.self), settings: settings,
          random: context.random.source("\(Self.streams)/\(plan.name.text)/\(name)"))
      },
      body: { state, _ in state.step() },
      finished: { state in
        let (pictures, images) = state.pictures
        let count = 1 + settings.controls
        finished(
          subClusters.enumerated().map { index, subCluster in
            let rows = (index * count)..<((index + 1) * count)
            let own = Array(pictures[rows])
            return Found(
              features: SubClusterFeatures(
                subCluster, own: own[0], controls: Array(own.dropFirst())),
              images: images.rows(rows))
          })
      })
  }
}

/// The images of a layer while they are optimised, part by part, so that memory stays bounded.
private final class LayerFeatures: Resumable {
  private let parts: [(optimization: FeatureOptimization<Float>, units: [[Int]])]

  init(
    _ network: UnitNetwork<Float>, layer: Int, units: [[Int]], settings: FeatureSettings,
    random: RandomSource
  ) {
    let size = FeatureOptimization<Float>.imagesPerPart(network.units, layer: layer)
    parts = stride(from: 0, to: units.count, by: size).map { start in
      let part = Array(units[start..<min(start + size, units.count)])
      return (
        FeatureOptimization(
          network, layer: layer, units: part, settings: settings, firstNumber: start,
          random: random), part
      )
    }
  }

  /// Takes one step of every part.
  func step() -> StepReport {
    parts.forEach { $0.optimization.step() }
    let scores = parts.flatMap(\.optimization.scores)
    return StepReport(loss: -scores.reduce(0, +) / Double(max(scores.count, 1)))
  }

  /// The pictures as they are now, and all images: B×H×W×C; no tensor of a layer without any.
  var pictures: ([FeaturePicture], Tensor<Float>) {
    let images = parts.map(\.optimization.images)
    let numbers = images.flatMap(\.scalars)
    let count = images.reduce(0) { $0 + $1.shape[0] }
    return (
      parts.flatMap { FeaturePicture.all($0.optimization, units: $0.units) },
      Tensor(
        numbers, shape: images.first.map { Shape([count] + $0.shape.dimensions.dropFirst()) } ?? [0]
      )
    )
  }

  // MARK: Resumable

  func checkpoint() -> [String: StoredTensor] {
    var result: [String: StoredTensor] = [:]
    result.add([Double(parts.first?.optimization.stepCount ?? 0)], name: "progress")
    for (number, part) in parts.enumerated() {
      result.add(part.optimization.state, prefix: "\(number).")
    }
    return result
  }

  func restore(_ tensors: [String: StoredTensor]) throws {
    let progress = try tensors.numbers("progress", count: 1)
    do {
      for (number, part) in parts.enumerated() {
        try part.optimization.restore(
          stepCount: Int(progress[0]), state: tensors.tensors(prefix: "\(number)."))
      }
    } catch {
      throw Failure(.corrupt, "the checkpoint does not fit the images: \(error)")
    }
  }
}
