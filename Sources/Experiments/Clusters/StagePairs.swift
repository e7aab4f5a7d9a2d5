import Clusters
import ExperimentKit
import NetworkFiles
import NeuralNetworks
import Store
import Tensors

/// Silences pairs of sub-clusters of a network in one of its stages.
struct StagePairs {
  let settings: PairLesionSection
  let lesions: StageLesions

  private var context: RunContext { lesions.context }

  /// Name of the loop that measures pairs of a stage; a step is a part of the images.
  static func stepName(_ stage: String) -> String { "pairs-\(stage)" }

  private struct Pair {
    let plan: Int
    let first: SubClusterLesion
    let second: SubClusterLesion
    let controls: [[Int]]
  }

  /// Measures and records the pairs of sub-clusters of some plans.
  ///
  /// - Returns: the random units in place of first sub-clusters, and the drawings.
  func measure(
    _ plans: [StageLesions.Plan], singles: [[SubClusterLesion]]
  ) throws -> (controls: [String: StoredTensor], drawings: String) {
    let pairs = zip(plans.indices, singles).flatMap { index, singles in
      orderedPairs(plans[index], index, singles)
    }
    let all = pairs.flatMap {
      PairLesion.lesions(
        first: $0.first.subCluster, second: $0.second.subCluster, controls: $0.controls)
    }
    let counts = try lesions.count(all, phase: Self.stepName(lesions.stage))
    let found = pairs.enumerated().map { place, pair in
      let own = place * (1 + settings.pairControls)
      return PairLesion(
        first: pair.first.subCluster, second: pair.second.subCluster,
        withoutSecond: pair.second.own.overall, withoutBoth: counts[own].overall,
        controls: (1...settings.pairControls).map { counts[own + $0].overall })
    }
    let drawings = plans.enumerated().map { index, plan in
      let own = zip(pairs, found).filter { $0.0.plan == index }.map(\.1)
      return record(own, important: important(singles[index]).map(\.subCluster), plan.name)
    }
    var controls: [String: StoredTensor] = [:]
    for pair in zip(pairs, found) {
      let (first, second) = (pair.1.first, pair.1.second)
      controls["pairs/\(plans[pair.0.plan].name.text)/\(first.id)|\(second.id)"] = .indicator(
        pair.0.controls, units: first.layerUnits)
    }
    return (controls, drawings.map(\.text).joined())
  }

  private func important(_ singles: [SubClusterLesion]) -> [SubClusterLesion] {
    singles.filter { $0.category == .important }
  }

  /// The ordered pairs of a partition.
  private func orderedPairs(
    _ plan: StageLesions.Plan, _ index: Int, _ singles: [SubClusterLesion]
  ) -> [Pair] {
    let important = important(singles)
    if important.count < 2 {
      context.note(
        "dependencies/\(plan.name.text)",
        .string(
          "\(important.count) important sub-clusters: no pairs that could depend on each other"))
    }
    let chosen = settings.pairs == .all ? singles : important
    let random = lesions.controls(plan.partition)
    return chosen.flatMap { first in
      chosen.filter { $0.subCluster != first.subCluster }.map { second in
        let (x, y) = (first.subCluster, second.subCluster)
        let controls = random.draw(
          for: x, count: settings.pairControls, excluding: x.layer == y.layer ? y.units : [],
          random: context.random(x.stream(StageLesions.streams, plan.name, "given/\(y.id)")))
        return Pair(plan: index, first: first, second: second, controls: controls)
      }
    }
  }

  // MARK: - Results

  private func record(
    _ pairs: [PairLesion], important: [SubCluster], _ name: PartitionFile.Name
  ) -> DependencyDrawing {
    let keys = [name.stage, name.partition]
    for pair in pairs {
      func record(_ metric: String, _ value: Double) {
        context.record(.pairLesion, keys + [pair.first.id, pair.second.id], metric, value)
      }
      record("accuracy", pair.withoutBoth)
      record("delta", pair.delta)
      record("random_delta_mean", pair.controlDeltas.controlMean)
      record("random_delta_std", pair.controlDeltas.controlDeviation)
      record("p", pair.p)
      record("important", pair.isImportant ? 1 : 0)
    }
    let members = Set(important)
    let dependencies = Dependency.all(
      of: pairs.filter { members.contains($0.first) && members.contains($0.second) })
    for dependency in dependencies { record(dependency, keys) }
    for kind in Dependency.Case.allCases {
      context.record(
        .dependencyCounts, keys + [String(kind.rawValue)], "n_pairs",
        Double(dependencies.count { $0.kind == kind }))
    }
    return DependencyDrawing(name.text, nodes: important, dependencies)
  }

  private func record(_ dependency: Dependency, _ keys: [String]) {
    let (x, y) = (dependency.earlier, dependency.later)
    func record(_ metric: String, _ value: Double) {
      context.record(.dependency, keys + [x.first.id, y.first.id], metric, value)
    }
    record("delta_x_given_y", x.delta)
    record("delta_y_given_x", y.delta)
    record("x_given_y", x.isImportant ? 1 : 0)
    record("y_given_x", y.isImportant ? 1 : 0)
    record("case", Double(dependency.kind.rawValue))
    record("edge", dependency.isEdge ? 1 : 0)
  }
}
