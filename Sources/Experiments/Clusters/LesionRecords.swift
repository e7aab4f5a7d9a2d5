import Clusters
import ExperimentKit
import NetworkFiles
import Statistics
import Store
import Tensors

/// Records what the lesions of a partition's sub-clusters say.
struct LesionRecords {
  let plan: StageLesions.Plan
  let lesions: [SubClusterLesion]
  /// R.
  let controls: Int
  let context: RunContext

  private var keys: [String] { [plan.name.stage, plan.name.partition] }

  private func keys(_ subCluster: SubCluster) -> [String] {
    keys + [subCluster.layerName, String(subCluster.cluster)]
  }

  /// The accuracies under every lesion, and of the intact network.
  func recordAccuracies() {
    guard let intact = lesions.first?.intact else { return }
    record(intact, keys + ["none", "-1", "intact", "0"])
    for lesion in lesions {
      let keys = keys(lesion.subCluster)
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
    for quantity in LesionQuantity.allCases {
      let values = lesions.map { $0[quantity] }
      let uniforms = lesions.map { uniform($0.subCluster, quantity) }
      for (index, lesion) in lesions.enumerated() {
        for ties in TieMode.allCases {
          let rank = values[index].rank(ties, uniform: uniforms[index])
          context.record(
            .subClusterP, keys(lesion.subCluster) + [quantity.rawValue, ties.rawValue], "p",
            ControlRank.p(rank: rank, controls: controls))
        }
      }
      for ties in TieMode.allCases {
        record(
          ClusterTest(values, controls: controls, ties: ties, uniforms: uniforms),
          keys + [quantity.rawValue, ties.rawValue])
      }
    }
  }

  /// A random number of a sub-cluster and a quantity, which breaks ties.
  private func uniform(_ subCluster: SubCluster, _ quantity: LesionQuantity) -> Double {
    let stream = context.random(
      StageLesions.stream(plan.name, subCluster, "ties/\(quantity.rawValue)"))
    return (stream.uniform([1]) as Tensor<Double>).item
  }

  private func recordQuantities(_ lesion: SubClusterLesion) {
    let keys = keys(lesion.subCluster)
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

  private func record(_ test: ClusterTest, _ keys: [String]) {
    func record(_ metric: String, _ value: Double?) {
      guard let value else { return }
      context.record(.clusterTest, keys, metric, value)
    }
    let found = test.combination
    record("n_sub_clusters", Double(found.ranks.count))
    record("n_controls", Double(found.controls))
    guard !found.ranks.isEmpty else { return }
    record("fisher_stat", found.fisherStatistic)
    record("fisher_p", found.fisherP)
    record("mean_p", test.meanP)
    record("fisher_mean_log", found.meanCost)
    record("effect_factor", test.factor)
    record("effect", test.effect)
    // Halves of ranks are no ranks: the following need those.
    guard keys.last != TieMode.mid.rawValue else { return }
    record("fisher_exact_p", found.fisherExactP)
    record("chi2_stat", found.categoricalStatistic)
    record("chi2_p", found.categoricalP)
  }
}
