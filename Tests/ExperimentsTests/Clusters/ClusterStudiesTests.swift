import Clusters
import ExperimentKit
import Experiments
import Foundation
import NetworkFiles
import Store
import Tensors
import TestSupport
import Testing

/// Studies of clusters on tiny networks.
@Suite struct ClusterStudiesTests {
  @Test func clusterabilityRecordsBothStages() throws {
    let context = try TinyRun.run(
      TinyRun.configuration(
        "clusterability", variant: "fashion-dropout", [("clusters.k", "[3, 4]")]))
    #expect(context.texts(.accuracy, 0) == ["trained", "pruned"])
    #expect(context.texts(.accuracy, 2) == ["train", "test"])
    #expect(context.texts(.ncut, 1) == ["weights-k3", "weights-k4"])
    #expect(
      context.texts(.partition, 2) == ["inputs", "layers.0", "layers.1", "layers.2", "all"])
    for stage in ["trained", "pruned"] {
      let vertices = try context.value(.ncut, [stage, "weights-k3"], "n_vertices")
      let isolated = try context.value(.ncut, [stage, "weights-k3"], "n_isolated")
      #expect(vertices + isolated == 784 + 64 + 64 + 10)
      let sizes = context.records(of: .clusterSizes).filter {
        $0.keys[0] == stage && $0.keys[1] == "weights-k3" && $0.metric == "n_units"
      }
      #expect(sizes.reduce(0) { $0 + $1.value } == vertices)
      for k in [3, 4] {
        let own = try context.value(.ncut, [stage, "weights-k\(k)"], "ncut")
        let bound = try (1...k).reduce(0) {
          $0 + (try context.value(.eigenvalues, [stage, "weights", String($1)], "eigenvalue"))
        }
        #expect(own >= bound && own <= Double(k))
        // z and p again, from the samples.
        let samples = context.records(of: .ncutSamples).filter {
          $0.keys[0] == stage && $0.keys[1] == "weights-k\(k)"
        }.map(\.value)
        #expect(samples.count == 3)
        let mean = samples.reduce(0, +) / 3
        let deviation = (samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3).squareRoot()
        let keys = [stage, "weights-k\(k)", "layer"]
        let z = try context.value(.ncutShuffle, keys, "z")
        #expect(abs(z - (own - mean) / deviation) <= 1e-9 * abs(z))
        let below = samples.count { $0 < own }
        #expect(try context.value(.ncutShuffle, keys, "p") == Double(below + 1) / 4)
      }
    }
    let zero = try context.value(.sparsity, ["pruned", "all"], "zero_frac")
    #expect(abs(zero - 0.9) < 0.05)
    #expect(try context.value(.sparsity, ["trained", "all"], "n_zero") == 0)
  }

  /// Another number of clusters changes no bit of what there was.
  @Test func moreNumbersOfClustersChangeNothing() throws {
    func rows(_ k: String) throws -> [String] {
      try TinyRun.run(
        TinyRun.configuration("clusterability", variant: "mnist-plain", [("clusters.k", k)])
      ).rows.filter { $0.contains("weights-k3") }
    }
    let alone = try rows("[3]")
    #expect(alone.count > 20)
    #expect(try rows("[3, 5]") == alone)
  }

  /// A local partition divides each layer into as many clusters as the partition of the whole, which is
  /// the same as alone.
  @Test(arguments: ["weights", "activations"])
  func localPartitionsFollowThatOfTheWhole(graph: String) throws {
    func run(_ graph: String) throws -> RunContext {
      try TinyRun.run(
        TinyRun.configuration(
          "cluster-pictures", variant: "mnist",
          [("clusters.graph", graph), ("clusters.k", "[4]")]))
    }
    let (whole, local) = (try run(graph), try run("local-\(graph)"))
    #expect(local.texts(.partition, 1) == ["local-\(graph)-k4"])
    #expect(local.texts(.ncut, 1) == ["\(graph)-k4"] && local.texts(.eigenvalues, 1) == [graph])
    let layers =
      ["layers.0", "layers.1"] + (graph == "weights" ? ["inputs", "layers.2"] : [])
    #expect(local.texts(.partition, 2) == Set(layers + ["all"]))
    for stage in ["trained", "pruned"] {
      let keys = [stage, "\(graph)-k4"]
      #expect(
        try local.value(.ncut, keys, "ncut") == whole.value(.ncut, keys, "ncut"))
      for layer in layers {
        let found = try local.value(
          .partition, [stage, "local-\(graph)-k4", layer], "n_clusters")
        let guide = try whole.value(.partition, keys + [layer], "n_clusters")
        // Layers in one cluster stay whole; fewer rows of eigenvectors may differ than were asked for.
        #expect(found <= guide && (guide <= 1 || found > 1), "\(stage) \(layer)")
      }
    }
  }

  @Test func anInitialNetworkIsNotTrained() throws {
    let context = try TinyRun.run(
      TinyRun.configuration(
        "clusterability", variant: "cnn-mnist", [("network.source", "initial")]))
    #expect(context.texts(.ncut, 0) == ["initial"])
    #expect(
      context.texts(.partition, 2) == [
        "convolutions.0", "convolutions.1", "convolutions.2", "all",
      ])
  }

  @Test func untrainedNetworksDiffer() throws {
    let context = try TinyRun.run(TinyRun.configuration("random-init-ncut", variant: "mlp"))
    let cuts = try (0..<2).map {
      try context.value(.randomInit, ["mlp", "glorot", String($0)], "ncut")
    }
    #expect(cuts[0] != cuts[1] && cuts.allSatisfy { $0 > 0 && $0 < 3 })
    let preferring = try TinyRun.run(
      TinyRun.configuration("random-init-ncut", variant: "mlp-clusterable"))
    #expect(try preferring.value(.randomInit, ["mlp", "clusterable", "0"], "ncut") < cuts[0])
  }

  @Test func picturesAreThoseOfTheTables() throws {
    try withTemporaryFolder { folder in
      let subject = try TinyRun.configuration("cluster-pictures", variant: "stack-diff")
      let context = try RunContext(seed: 0, kind: subject.experiment, folder: folder)
      try subject.experiment.prepare(json: subject.configuration).run(context)
      let file = try Safetensors.read("\(folder)/pictures.safetensors").tensors
      let partitions = try PartitionFile("\(folder)/partitions.safetensors")
      let name = PartitionFile.Name(stage: "trained", partition: "weights-k3")
      let layers = try #require(partitions.partitions[name])
      #expect(layers.map(\.name) == ["convolutions.0", "convolutions.1", "convolutions.2"])
      var pictures = 0
      for record in context.records(of: .correlationPicture) where record.metric == "contrast" {
        let key = record.keys[0..<4].joined(separator: "/")
        let draw = try #require(Int(record.keys[5]))
        guard case .float32(let tensor)? = file[key],
          case .uint8(let members, let shape)? = file["\(key)/members"]
        else {
          Issue.record("no picture \(key)")
          continue
        }
        #expect(tensor.shape == [5, 2, 28, 28] && shape == [5, 4])
        let pixels = tensor.scalars[(draw * 1568)..<((draw + 1) * 1568)].map(Double.init)
        let mean = pixels.reduce(0, +) / 1568
        let deviation = (pixels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1568).squareRoot()
        #expect(abs(deviation - record.value) < 1e-6 && mean < 1e-6)
        let first = pixels[..<784].reduce(0) { $0 + $1 * $1 } / pixels.reduce(0) { $0 + $1 * $1 }
        let share = try context.value(.correlationPicture, record.keys, "left_share")
        #expect(abs(first - share) < 1e-5)
        let units = members[(draw * 4)..<((draw + 1) * 4)]
        #expect(
          try context.value(.correlationPicture, record.keys, "n_units")
            == Double(units.reduce(0) { $0 + Int($1) }))
        if draw == 0, let layer = layers.first(where: { $0.name == record.keys[2] }) {
          let cluster = try #require(Int(record.keys[3]))
          for (unit, label) in zip(units, layer.labels) where unit == 1 {
            #expect(label == cluster)
          }
        }
        pictures += 1
      }
      #expect(pictures > 0 && pictures % 5 == 0)
    }
  }

  @Test(arguments: [
    ("clusterability", "mnist-dropout", 4), ("clusterability", "cnn-fashion", 2),
    ("cluster-pictures", "halves-diff", 4),
  ])
  func stoppedRunsGiveTheSameFiles(_ manifest: String, _ variant: String, _ stops: Int) throws {
    try TinyRun.expectSameFilesWhenStopped(
      TinyRun.configuration(manifest, variant: variant), stops: stops, steps: 5)
  }

  /// Studies with the same task, network, training and pruning train once.
  @Test func studiesShareTheirNetworks() throws {
    try withTemporaryFolder { cache in
      func origins(_ manifest: String, _ variant: String) throws -> [String: String] {
        let subject = try TinyRun.configuration(manifest, variant: variant)
        var origins: [String: String] = [:]
        let context = try RunContext(
          seed: 0, kind: subject.experiment, cacheFolder: cache,
          events: { event in
            if case .phaseFinished(let step, _, let origin) = event { origins[step] = "\(origin)" }
          })
        try subject.experiment.prepare(json: subject.configuration).run(context)
        return origins
      }
      let first = try origins("clusterability", "fashion-dropout")
      let second = try origins("cluster-pictures", "fashion")
      for stage in ["trained", "pruned"] {
        #expect(first[stage] == "computed" && second[stage] == "cache")
      }
    }
  }

  /// Networks of files are studied as they are; those of mask studies, too.
  @Test func networksOfFiles() throws {
    try withTemporaryFolder { folder in
      let trained = try TinyRun.configuration("clusterability", variant: "cnn-mnist")
      let source = try RunContext(seed: 0, kind: trained.experiment, folder: folder)
      try trained.experiment.prepare(json: trained.configuration).run(source)
      func imported(_ path: String) throws -> RunContext {
        try TinyRun.run(
          TinyRun.configuration(
            "clusterability", variant: "cnn-mnist",
            [("network.source", "file"), ("network.weights", path)]))
      }
      let again = try imported("\(folder)/weights.safetensors")
      #expect(again.texts(.ncut, 0) == ["imported"])
      for set in ["train", "test"] {
        for metric in ["accuracy", "loss"] {
          #expect(
            try again.value(.accuracy, ["imported", "none", set], metric)
              == source.value(.accuracy, ["trained", "none", set], metric))
        }
      }
      #expect(
        try again.value(.eigenvalues, ["imported", "weights", "2"], "eigenvalue")
          == source.value(.eigenvalues, ["trained", "weights", "2"], "eigenvalue"))

      let masks = try TinyRun.configuration("addmul-fnn")
      try Folder.create(at: "\(folder)/masks")
      try masks.experiment.prepare(json: masks.configuration).run(
        RunContext(seed: 0, kind: masks.experiment, folder: "\(folder)/masks"))
      let other = try imported("\(folder)/masks/weights.safetensors")
      #expect(other.texts(.partition, 2).contains("inputs"))
      #expect(other.records(of: .accuracy).isEmpty, "it takes no images")
      let failure = try #require(throws: Failure.self) {
        try TinyRun.run(
          TinyRun.configuration(
            "clusterability", variant: "cnn-mnist",
            [
              ("network.source", "file"), ("clusters.graph", "activations"),
              ("network.weights", "\(folder)/masks/weights.safetensors"),
            ]))
      }
      #expect(failure.exitCode == .manifestInvalid)
      #expect(failure.why == "units are compared by their activations")
    }
  }

  /// 45,000 of the 50,000 training images are trained on, and the other 5,000 or the 10,000 test images
  /// tested on.
  @Test func heldOutImagesAreTheRestOfTheTrainingImages() throws {
    func operations(_ changes: [(String, String)]) throws -> Double {
      let subject = try TinyRun.configuration(
        "vgg-importance", variant: "vgg-unregularised",
        [("task.source", "official"), ("task.images", "45000"), ("task.test-images", "none")]
          + changes)
      let steps = try subject.experiment.prepare(json: subject.configuration).steps
      return try #require(steps.first { $0.name == "evaluate-trained" }).operations
    }
    let ratio = try operations([]) / operations([("task.held-out", "true")])
    #expect(abs(ratio - 55_000 / 50_000) < 1e-12)
  }
}
