import Clusters
import ExperimentKit
import NetworkFiles

/// Records what the lesions of a partition's sub-clusters say.
struct LesionRecords {
  let plan: StageLesions.Plan
  let lesions: [SubClusterLesion]
  /// R.
  let controls: Int
  let context: RunContext

  private var keys: [String] { [plan.name.stage, plan.name.partition] }

  /// The accuracies under every lesion, and of the intact network.
  func recordAccuracies() {
    guard let intact = lesions.first?.intact else { return }
    record(intact, keys + ["none", "-1", "intact", "0"])
    for lesion in lesions {
      let keys = lesion.subCluster.keys(plan.name)
      record(lesion.own, keys + ["true", "0"])
      for (draw, accuracies) in lesion.controls.enumerated() {
        record(accuracies, keys + ["random", String(draw + 1)])
      }
    }
  }

  private func record(_ accuracies: ClassAccuracies, _ keys: [String]) {
    let classes = accuracies.classes.enumerated().map { (String($0), $1) }
    for (name, value) in classes + [("all", accuracies.overall), ("macro", accuracies.macro)] {
      context.record(.lesion, keys + [name], "accuracy", value)
    }
  }

  /// Quantities, p values and kinds of the sub-clusters, and the tests over all of them.
  func recordQuantities() {
    for lesion in lesions { recordQuantities(lesion) }
    for category in SubClusterCategory.allCases {
      context.record(
        .taxonomyCounts, keys + [category.rawValue], "n_sub_clusters",
        Double(lesions.count { $0.category == category }))
    }
    let records = QuantityRecords(
      name: plan.name, subClusters: lesions.map(\.subCluster), controls: controls,
      streams: StageLesions.streams, context: context)
    for quantity in LesionQuantity.allCases {
      records.record(quantity.rawValue, lesions.map { $0[quantity] })
    }
  }

  private func recordQuantities(_ lesion: SubClusterLesion) {
    let keys = lesion.subCluster.keys(plan.name)
    func record(_ metric: String, _ value: Double) {
      context.record(.subCluster, keys, metric, value)
    }
    let (accuracy, importance) = (lesion[.accuracy], lesion[.importance])
    record("n_units", Double(lesion.subCluster.units.count))
    record("proportion", lesion.subCluster.proportion)
    record("accuracy", lesion.own.overall)
    record("accuracy_change", lesion.accuracyChange)
    record("macro_accuracy", lesion.own.macro)
    record("random_change_mean", accuracy.controlMean - lesion.intact.overall)
    record("random_change_std", accuracy.controlDeviation)
    record("z", lesion.z)
    record("class_range", lesion[.classRange].value)
    record("effect", importance.effect)
    context.record(.taxonomy, keys + [lesion.category.rawValue], "member", 1)
  }
}
