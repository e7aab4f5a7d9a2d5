import ExperimentKit
import Experiments
import Store
import TestSupport
import Testing

/// What studies of clusters refuse, with place and reason.
@Suite struct ClusterBadInputTests {
  @Test(arguments: [
    (
      "cluster-pictures", "mnist", "task.form", "stack-diff",
      "stacks have two channels: a convolutional network takes them"
    ),
    (
      "cluster-pictures", "stack-same", "task.form", "halves-same",
      "halves are for the feed-forward"
    ),
    ("clusterability", "mnist-plain", "network.kind", "vgg", "vgg takes colour images"),
    ("clusterability", "mnist-plain", "task.channels", "2", "have 1 or 3 channels"),
    ("cluster-pictures", "stack-same", "task.channels", "3", "have 2 channels"),
    ("cluster-pictures", "halves-same", "task.set", "cifar10", "pairs are made of grey images"),
    ("clusterability", "mnist-plain", "task.held-out", "true", "synthetic images are drawn"),
    ("clusterability", "mnist-plain", "pruning.final", "0.4", "is below 'pruning.initial: 0.5'"),
    ("clusterability", "mnist-plain", "clusters.k", "[3, 3]", "clusters.k lists '3' twice"),
    ("clusterability", "mnist-plain", "network.source", "file", "without 'network.weights'"),
    ("clusterability", "mnist-plain", "network.weights", "w.safetensors", "source: file only"),
    ("clusterability", "mnist-plain", "training.augment", "true", "takes vectors"),
    ("random-init-ncut", "mlp", "clusters.k", "[3, 4]", "one number of clusters"),
    ("random-init-ncut", "mlp", "clusters.graph", "activations", "their weights are partitioned"),
    (
      "clusterability", "mnist-plain", "clusters.graph", "local-weights",
      "partitions of single layers have no normalised cut"
    ),
  ])
  func settingsThatContradictEachOtherAreRefused(
    _ experiment: String, _ variant: String, _ key: String, _ value: String, _ message: String
  ) throws {
    let failure = try #require(throws: Failure.self) {
      let tiny = try TinyRun.configuration(experiment, variant: variant, [(key, value)])
      _ = try TinyRun.run(tiny)
    }
    #expect(failure.exitCode == .manifestInvalid)
    #expect("\(failure)".contains(message), "\(failure)")
  }

  @Test(arguments: [
    ("clusters: {k: [1]}", "m.yaml:3:15", "1 is out of range"),
    ("shuffles: {methods: [layr]}", "m.yaml:3:22", "did you mean 'layer'?"),
    ("task: {form: halves-dif}", "m.yaml:3:14", "did you mean 'halves-diff'?"),
    ("pruning: {final: 0.4}", "m.yaml:3:11", "lower pruning.initial"),
  ])
  func mistakesOfAManifestHaveTheirPlace(
    _ line: String, _ place: String, _ message: String
  ) throws {
    let failure = try #require(throws: Failure.self) {
      try Manifest(
        text: "schema: 1\nexperiment: clusterability\n\(line)\n", path: "m.yaml",
        registry: AllKinds.registry
      ).resolve(profile: "quick")
    }
    #expect(failure.exitCode == .manifestInvalid)
    #expect(
      failure.description.contains(place) && failure.description.contains(message), "\(failure)")
  }

  @Test func moreClustersThanUnitsFailTheRun() throws {
    let failure = try #require(throws: Failure.self) {
      try TinyRun.run(
        TinyRun.configuration("clusterability", variant: "cnn-mnist", [("clusters.k", "[13]")]))
    }
    #expect(failure.exitCode == .runFailed)
    #expect("\(failure)".contains("only 12 units have edges"), "\(failure)")
  }
}
