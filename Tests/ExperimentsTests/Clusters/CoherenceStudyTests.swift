import Autograd
import Clusters
import ExperimentKit
import Experiments
import Foundation
import NetworkFiles
import NeuralNetworks
import Statistics
import Store
import Tensors
import TestSupport
import Testing

/// The study of the coherence of sub-clusters on tiny networks.
@Suite struct CoherenceStudyTests {
  /// The rows of a picture's table, the image and the units, seen again by the stored network.
  @Test(arguments: ["mlp-mnist", "cnn-mnist"])
  func picturesAreThoseOfTheTables(variant: String) throws {
    try withTemporaryFolder { folder in
      let subject = try TinyRun.configuration("cluster-coherence", variant: variant)
      let context = try RunContext(seed: 0, kind: subject.experiment, folder: folder)
      try subject.experiment.prepare(json: subject.configuration).run(context)
      let stage = variant == "mlp-mnist" ? "pruned" : "trained"
      #expect(context.texts(.featurePicture, 0) == [stage])
      #expect(context.texts(.featurePicture, 1) == ["weights-k3", "shuffled-weights-k3"])
      let network = try StoredNetwork("\(folder)/weights.safetensors")
      let file = try Safetensors.read("\(folder)/features.safetensors").tensors
      let partitions = try PartitionFile("\(folder)/partitions.safetensors").partitions
      var pictures = 0
      for row in context.records(of: .featurePicture) where row.metric == "entropy" {
        let key = row.keys[0..<4].joined(separator: "/")
        let draw = try #require(Int(row.keys[5]))
        guard case .float32(let images)? = file[key],
          case .uint8(let members, let shape)? = file["\(key)/members"]
        else {
          Issue.record("no picture \(key)")
          continue
        }
        #expect(images.shape == [4, 3, 28, 28] && shape[0] == 4)
        #expect(images.scalars.allSatisfy { $0 >= 0 && $0 <= 1 })
        let units = (0..<shape[1]).filter { members[draw * shape[1] + $0] == 1 }
        let seen = network.look(at: images.slice(draw), layer: row.keys[2])
        func value(_ metric: String) throws -> Double {
          try context.value(.featurePicture, row.keys, metric)
        }
        #expect(try value("n_units") == Double(units.count))
        #expect(abs(FeaturePicture.entropy(ofLogits: seen.logits) - row.value) < 1e-4)
        let score = units.reduce(0) { $0 + seen.means[$1] }
        #expect(try abs(value("score_final") - score) < 1e-4 * max(1, score))
        let sums = units.map { seen.sums[$0] }
        let mean = sums.reduce(0, +) / Double(sums.count)
        #expect(try abs(value("activation_mean") - mean) < 1e-4 * max(1, mean))
        let variance = sums.reduce(0) { $0 + pow($1 - mean, 2) } / Double(sums.count)
        #expect(
          try abs(value("activation_std") - variance.squareRoot()) < 1e-4 * max(1, mean))
        if draw == 0 {
          let name = PartitionFile.Name(stage: stage, partition: row.keys[1])
          let labels = try #require(partitions[name]?.first { $0.name == row.keys[2] }).labels
          #expect(units == labels.indices.filter { String(labels[$0]) == row.keys[3] })
        }
        pictures += 1
      }
      #expect(pictures > 8 && pictures % 4 == 0)
    }
  }

  @Test func testsFollowFromTheScores() throws {
    let context = try TinyRun.run(TinyRun.configuration("cluster-coherence", variant: "mlp-mnist"))
    let partition = ["pruned", "weights-k3"]
    func rows(_ metric: String, _ draw: String) -> [Record] {
      context.records(of: .featurePicture).filter {
        $0.metric == metric && Array($0.keys.prefix(2)) == partition && $0.keys[5] == draw
      }
    }
    for (quantity, metric, isRight) in [
      ("score", "score", true), ("entropy", "entropy", false),
      ("variance", "activation_std", false),
    ] {
      var ranks: [Double] = []
      for own in rows(metric, "0") {
        let controls = try (1...3).map {
          try context.value(
            .featurePicture, own.keys.prefix(4) + ["random", String($0)], metric)
        }
        let rank = controls.count { isRight ? $0 > own.value : $0 < own.value }
        let keys = own.keys.prefix(4) + [quantity, "reference"]
        #expect(try context.value(.subClusterP, Array(keys), "p") == Double(rank + 1) / 4)
        ranks.append(Double(rank))
      }
      let keys = partition + [quantity, "reference"]
      let test = RankCombination(ranks: ranks, controls: 3)
      #expect(try context.value(.clusterTest, keys, "fisher_exact_p") == test.fisherExactP)
      #expect(try context.value(.clusterTest, keys, "n_sub_clusters") == Double(ranks.count))
    }
    let quartiles = try #require(Summary.quartiles(of: rows("cov", "0").map(\.value)))
    #expect(try context.value(.cov, partition, "q1") == quartiles.q1)
    #expect(try context.value(.cov, partition, "median") == quartiles.median)
    #expect(try context.value(.cov, partition, "q3") == quartiles.q3)
  }

  @Test func stoppedRunsGiveTheSameFiles() throws {
    let subject = try TinyRun.configuration(
      "cluster-coherence", variant: "cnn-mnist", [("features.parameterization", "fourier")])
    try TinyRun.expectSameFilesWhenStopped(subject, stops: 3, steps: 15)
  }

  /// Neither the number of threads nor another number of clusters changes a bit.
  @Test func picturesDependOnTheirPartitionOnly() throws {
    func rows(_ k: String, threads: Int) throws -> [String] {
      let subject = try TinyRun.configuration(
        "cluster-coherence", variant: "mlp-mnist", [("clusters.k", k)])
      let context = try RunContext(seed: 0, kind: subject.experiment, threads: threads)
      try subject.experiment.prepare(json: subject.configuration).run(context)
      return context.rows.filter { $0.contains("weights-k3") }
    }
    let alone = try rows("[3]", threads: 1)
    #expect(alone.contains { $0.hasPrefix("feature_picture") })
    #expect(try rows("[2, 3]", threads: 3) == alone)
  }

  @Test func withoutSubClustersTheRunFails() throws {
    let failure = try #require(throws: Failure.self) {
      try TinyRun.run(
        TinyRun.configuration(
          "cluster-coherence", variant: "mlp-mnist", [("features.min-size", "99")]))
    }
    #expect(failure.exitCode == .runFailed)
    #expect(failure.what == "no sub-cluster of 'pruned/weights-k3' is left to be shown")
    #expect(failure.why?.hasPrefix("their sizes are, by layer, layers.0 (128 units): ") == true)
    #expect(failure.why?.hasSuffix("; features.min-size is 99, features.max-share 0.8") == true)
  }
}

/// A network of a weight file, computed layer by layer.
private struct StoredNetwork {
  private let network: UnitNetwork<Float>

  init(_ path: String) throws {
    let file = try NetworkFile(path)
    network = try UnitNetwork(file.units, tensors: file.tensors)
  }

  /// Logits, and mean and sum of the outputs of the units of a layer.
  ///
  /// - Parameter image: C×H×W.
  func look(
    at image: Tensor<Float>, layer: String
  ) -> (logits: [Double], means: [Double], sums: [Double]) {
    let pass = ForwardPass(graph: Graph<Float>(), source: FrozenParameters<Float>())
    let isVector = network.units.description.input.rank == 1
    let input = isVector ? image : image.permutingAxes([1, 2, 0])
    let shape = network.units.description.input.prepending(1)
    let layers = network.units.layers
    guard let index = layers.firstIndex(where: { $0.name == layer }) else {
      return ([], [], [])
    }
    let inputs = UnitState(pass.graph.constant(input.reshaped(to: shape)))
    let outputs = (0...index).reduce(inputs) { network.outputs(of: $1, from: $0, in: pass) }
    let values = outputs.value.tensor.scalars.map { Double($0) }
    let width = layers[index].width
    let sums = (0..<width).map { unit in
      stride(from: unit, to: values.count, by: width).reduce(0) { $0 + values[$1] }
    }
    let logits = network.logits(from: outputs, after: index, in: pass).tensor.scalars
    return (
      logits.map { Double($0) }, sums.map { $0 / Double(values.count / width) }, sums
    )
  }
}
