import Clusters
import Datasets
import ExperimentKit
import NetworkFiles
import NeuralNetworks
import Store
import Tensors

/// Silences the sub-clusters of a network in one of its stages, and random units in their place.
struct StageLesions {
  let settings: LesionSection
  let network: UnitNetwork<Float>
  /// The test examples.
  let examples: any StudiedExamples
  let stage: String
  let context: RunContext

  /// Name of the loop that measures single lesions of a stage; a step is a part of the images.
  static func stepName(_ stage: String) -> String { "lesions-\(stage)" }

  /// Why there must be images.
  static let needOfExamples =
    "sub-clusters are judged by the accuracy on test examples"

  /// Bytes that a part of the images takes: outputs and products of the widest layer.
  static func memory(_ units: UnitLayers) -> Int {
    let widest = units.layers.map(\.output.count).max() ?? 0
    return 4 * widest * LesionEngine.imagesPerPart(units) * MemoryLayout<Float>.size
  }

  /// The sub-clusters of a partition with the random units in their place.
  struct Plan {
    let name: PartitionFile.Name
    let partition: UnitPartition
    let subClusters: [SubCluster]
    /// For each sub-cluster, the sets of its controls.
    let controls: [[[Int]]]
  }

  private var units: UnitLayers { network.units }

  // MARK: - Plans

  /// The plan of a partition.
  ///
  /// - Throws: ``Failure`` (run failed) when no sub-cluster is left.
  func plan(
    _ name: PartitionFile.Name, _ partition: UnitPartition, controls random: LesionControls
  ) throws -> Plan {
    let subClusters = partition.subClusters(
      minimumSize: settings.minSize, maximumShare: settings.maxShare)
    try partition.requireSubClusters(
      subClusters, name, section: "lesions", fate: "silenced", minSize: settings.minSize,
      maxShare: settings.maxShare)
    return Plan(
      name: name, partition: partition, subClusters: subClusters,
      controls: subClusters.map { subCluster in
        random.draw(
          for: subCluster, count: settings.controls,
          random: context.random(subCluster.stream(Self.streams, name, "controls")))
      })
  }

  /// What draws controls of a partition's sub-clusters.
  func controls(_ partition: UnitPartition) -> LesionControls {
    LesionControls(
      partition,
      matching: settings.match == .size
        ? nil : LesionControls.incomingNorms(units, tensors: network.tensors))
  }

  /// What the names of random streams begin with.
  static let streams = "lesions"

  // MARK: - Measurement

  /// Measures the lesions of plans: for each, those of its sub-clusters.
  ///
  /// - Throws: ``Cancelled``.
  func measure(_ plans: [Plan]) throws -> [[SubClusterLesion]] {
    let lesions =
      [Lesion.none]
      + plans.flatMap { plan in
        zip(plan.subClusters, plan.controls).flatMap { subCluster, controls in
          ([subCluster.units] + controls).map { Lesion(layer: subCluster.layer, units: $0) }
        }
      }
    let counts = try count(lesions, phase: Self.stepName(stage))
    warnOfEmptyClasses(counts)
    var next = 1
    return plans.map { plan in
      plan.subClusters.map { subCluster in
        let (own, end) = (next, next + 1 + settings.controls)
        next = end
        return SubClusterLesion(
          subCluster, intact: counts[0], own: counts[own],
          controls: ((own + 1)..<end).map { counts[$0] })
      }
    }
  }

  /// Counts right answers under lesions, part of the examples by part.
  func count(_ lesions: [Lesion], phase: String) throws -> LesionCounts {
    let engine = LesionEngine(network)
    let size = LesionEngine.imagesPerPart(units)
    let classes = units.description.outline.output.count
    let state = LesionCounting(LesionCounts(lesions: lesions.count, classes: classes))
    try context.loop(
      phase: phase, steps: Self.partCount(units, examples: examples.count), state: state
    ) { step in
      let part = (step * size)..<min((step + 1) * size, examples.count)
      engine.count(
        examples.inputs(units, part), targets: examples.targets(part), under: lesions,
        into: &state.counts)
      return StepReport(loss: 0)
    }
    return state.counts
  }

  /// Steps of a loop over examples.
  static func partCount(_ units: UnitLayers, examples: Int) -> Int {
    let size = LesionEngine.imagesPerPart(units)
    return (examples + size - 1) / size
  }

  private func warnOfEmptyClasses(_ counts: LesionCounts) {
    let empty = counts.images.indices.filter { counts.images[$0] == 0 }.map(String.init)
    guard !empty.isEmpty else { return }
    let shown = empty.prefix(8).joined(separator: ", ") + (empty.count > 8 ? ", …" : "")
    context.warn(
      "there are no test examples of class \(shown): it is left out of means and ranges")
  }
}

/// The counts of lesions between parts of the images.
private final class LesionCounting: Resumable {
  var counts: LesionCounts

  init(_ counts: LesionCounts) { self.counts = counts }

  func checkpoint() -> [String: StoredTensor] {
    [
      "images": .int64(counts.images.map(Int64.init), [counts.classes]),
      "right": .int64(counts.right.map(Int64.init), [counts.lesions, counts.classes]),
    ]
  }

  func restore(_ tensors: [String: StoredTensor]) throws {
    guard let images = tensors["images"]?.int64, let right = tensors["right"]?.int64,
      let found = LesionCounts(images: images.map { Int($0) }, right: right.map { Int($0) }),
      found.classes == counts.classes, found.lesions == counts.lesions
    else {
      throw Failure(.corrupt, "the checkpoint holds no counts of these lesions")
    }
    counts = found
  }
}
