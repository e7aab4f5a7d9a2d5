import Clusters
import ExperimentKit
import Experiments
import Foundation
import Statistics
import Store
import Tensors
import TestSupport
import Testing

/// Studies of lesions on tiny networks.
@Suite struct LesionStudiesTests {
  private func rows(_ context: RunContext, _ table: Table, _ metric: String, _ keys: [String])
    -> [Record]
  {
    context.records(of: table).filter {
      $0.metric == metric && Array($0.keys.prefix(keys.count)) == keys
    }
  }

  @Test func importanceFollowsFromTheAccuracies() throws {
    let context = try TinyRun.run(
      TinyRun.configuration("cluster-importance", variant: "mlp-fashion-dropout"))
    #expect(context.texts(.clusterTest, 0) == ["pruned"])
    #expect(context.texts(.clusterTest, 1) == ["shuffled-weights-k3", "weights-k3"])
    let partition = ["pruned", "weights-k3"]
    let intact = try context.value(
      .lesion, partition + ["none", "-1", "intact", "0", "all"], "accuracy")
    let whole = try context.value(.accuracy, ["pruned", "none", "test"], "accuracy")
    #expect(intact == whole)
    let subClusters = rows(context, .subCluster, "n_units", partition).map(\.keys)
    #expect(subClusters.count >= 2)
    var ranks: [Double] = []
    for keys in subClusters {
      func accuracy(_ kind: String, _ draw: Int) throws -> Double {
        try context.value(.lesion, keys + [kind, String(draw), "macro"], "accuracy")
      }
      let own = try accuracy("true", 0)
      #expect(try context.value(.subCluster, keys, "macro_accuracy") == own)
      let controls = try (1...3).map { try accuracy("random", $0) }
      let p = try context.value(.subClusterP, keys + ["importance", "reference"], "p")
      #expect(p == Double(controls.count { $0 < own } + 1) / 4)
      ranks.append(4 * p - 1)
      let change = try context.value(.subCluster, keys, "accuracy_change")
      let accuracy = try context.value(.subCluster, keys, "accuracy")
      #expect(change == accuracy - intact)
    }
    let test = RankCombination(ranks: ranks, controls: 3)
    let keys = partition + ["importance", "reference"]
    #expect(try context.value(.clusterTest, keys, "fisher_p") == test.fisherP)
    #expect(try context.value(.clusterTest, keys, "fisher_exact_p") == test.fisherExactP)
    #expect(try context.value(.clusterTest, keys, "chi2_p") == test.categoricalP)
    #expect(rows(context, .clusterTest, "chi2_p", partition + ["importance", "mid"]).isEmpty)
    // Every sub-cluster is of one kind.
    let kinds = rows(context, .taxonomyCounts, "n_sub_clusters", partition).map(\.value)
    #expect(kinds.count == 8 && kinds.reduce(0, +) == Double(subClusters.count))
    #expect(rows(context, .taxonomy, "member", partition).count == subClusters.count)
    // The control has the same sizes.
    func sizes(_ partition: String) -> [Double] {
      rows(context, .subCluster, "n_units", ["pruned", partition]).map(\.value)
    }
    #expect(sizes("weights-k3") == sizes("shuffled-weights-k3"))
  }

  /// Another number of clusters changes no bit of what there was.
  @Test func moreNumbersOfClustersChangeNoLesion() throws {
    func found(_ k: String) throws -> [String] {
      try TinyRun.run(
        TinyRun.configuration("cluster-importance", variant: "cnn-mnist", [("clusters.k", k)])
      ).rows.filter { $0.contains("weights-k3") }
    }
    #expect(try found("[3]") == found("[2, 3]"))
  }

  @Test func pairsAreThoseOfAllOrOfImportantSubClusters() throws {
    let context = try TinyRun.run(TinyRun.configuration("cluster-dependency"))
    let partition = ["pruned", "weights-k3"]
    let count = rows(context, .subCluster, "n_units", partition).count
    let pairs = rows(context, .pairLesion, "delta", partition)
    #expect(pairs.count == count * (count - 1))
    for pair in pairs {
      let accuracy = try context.value(.pairLesion, pair.keys, "accuracy")
      let parts = pair.keys[3].split(separator: "-")
      let layer = "layers.\((Int(parts[0]) ?? 0) - 1)"
      let second = try context.value(
        .subCluster, partition + [layer, String(parts[1])], "accuracy")
      #expect(pair.value == second - accuracy)
    }
    #expect(rows(context, .dependencyCounts, "n_pairs", partition).count == 4)
    let important = try context.value(
      .taxonomyCounts, partition + ["important"], "n_sub_clusters")
    let fewer = try TinyRun.run(
      TinyRun.configuration("cluster-dependency", [("lesions.pairs", "important")]))
    #expect(
      rows(fewer, .pairLesion, "delta", partition).count == Int(important * (important - 1)))
    #expect(
      (fewer.notes["dependencies/pruned/weights-k3"] == nil) == (important >= 2))
  }

  @Test func withoutSubClustersTheRunFails() throws {
    #expect {
      try TinyRun.run(
        TinyRun.configuration(
          "cluster-importance", variant: "mlp-mnist", [("lesions.min-size", "99")])
      )
    } throws: { error in
      guard let failure = error as? Failure else { return false }
      return failure.exitCode == .runFailed
        && failure.what == "no sub-cluster of 'pruned/weights-k3' is left to be silenced"
        && failure.why?.hasPrefix("their sizes are, by layer, layers.0 (64 units): ") == true
        && failure.why?.hasSuffix("; lesions.min-size is 99, lesions.max-share 1.0") == true
    }
  }
}
