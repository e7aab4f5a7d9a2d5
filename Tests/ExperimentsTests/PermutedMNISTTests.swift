import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors
import TestSupport
import Testing

@testable import Experiments

@Suite struct PermutedMNISTTests {
  /// Smaller than the smoke profile, so that it runs many times.
  private func configuration(
    _ changes: [(String, String)] = [], variant: String = "base", resetting: Bool = false
  ) throws -> (experiment: any Kind, configuration: JSONValue) {
    // Masks that start near the threshold lose and keep weights within the few steps.
    var tiny = [
      "mask.init-logit": "0.3", "task.images": "120", "model.hidden": "[10, 8]", "mask.steps": "12",
      "mask.lr": "0.05",
      "log-every": "5", "transfer.reset-first-layer": "\(resetting)",
    ]
    if variant == "base" { tiny["transfer.new-logit"] = "0.3" }
    return try TinyRun.configuration(
      "permuted-mnist", variant: variant,
      tiny.merging(changes) { $1 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
  }

  // MARK: Clusters

  @Test func `masks are compared with clusters, and nothing else changes`() throws {
    let alone = try TinyRun.run(configuration())
    #expect(alone.records(of: .maskClusters).isEmpty)
    let context = try TinyRun.run(configuration([("clusters.k", "2"), ("clusters.samples", "50")]))
    #expect(context.rows.filter { !$0.hasPrefix("mask_clusters") } == alone.rows)
    let stages = context.texts(.transfer, 0).map { "permutation-\($0)" }
    #expect(context.texts(.maskClusters, 0) == Set(stages))
    #expect(context.texts(.maskClusters, 1) == ["weights-k2"])
    // Pixels have no incoming weights.
    #expect(context.texts(.maskClusters, 2) == ["layers.0", "layers.1", "layers.2"])
    for stage in stages {
      for (layer, width) in [("layers.0", 10.0), ("layers.1", 8), ("layers.2", 10)] {
        func value(_ metric: String) throws -> Double {
          try context.value(.maskClusters, [stage, "weights-k2", layer], metric)
        }
        #expect((1...width).contains(try value("n_units")))
        #expect((0...0.6932).contains(try value("mutual_information")))
        #expect((0...1).contains(try value("normalized_mutual_information")))
        #expect((0...0.6932).contains(try value("chance_mutual_information")))
      }
    }
  }

  @Test func `too many clusters are refused by the run`() throws {
    let failure = #expect(throws: Failure.self) {
      try TinyRun.run(configuration([("clusters.k", "1000")]))
    }
    #expect(failure?.exitCode == .runFailed)
    #expect(failure?.what.contains("no partition into 1000 clusters") == true)
  }

  // MARK: The published setting

  @Test func `parameters are as many as published, and all are masked`() throws {
    let manifest = try Manifest.load(
      Repository.manifest("permuted-mnist"), registry: AllKinds.registry)
    let runs = try manifest.resolve(profile: "paper")
    #expect(runs.count == 6, "three starts of new masks, with the first layer reset and kept")
    let run = try #require(runs.first)
    let rows = try manifest.kind.prepare(json: run.configuration).describe().rows
    let weights = rows.filter { $0.role == "weight" }.map(\.parameters)
    #expect(weights == [627_200, 640_000, 51_200, 640])
    #expect(rows.filter { $0.role == "bias" }.reduce(0) { $0 + $1.parameters } == 1_674)
    #expect(rows.filter { !$0.isMasked }.isEmpty)
    let c = run.configuration
    #expect(c["mask"]?["lr"]?.numberValue == 1e-2 && c["mask"]?["samples"] == 8)
    // β / B is the α of the workshop paper.
    let beta = try #require(c["mask"]?["beta"]?.numberValue)
    #expect(abs(beta / 128 - 1e-5) < 1e-18 && c["mask"]?["batch"] == 128)
    let training = run.prepared.steps.filter { $0.work == .masks }
    #expect(training.map(\.count) == Array(repeating: 30_000, count: 10))
  }

  @Test(arguments: [
    ("mask.roles", "[weight]", "leaves out 'bias'"),
    ("mask.roles", "[bias]", "leaves out 'weight'"),
    ("mask.batch", "30", "no multiple of mask.samples"),
  ])
  func `settings that contradict each other are refused`(
    _ key: String, _ value: String, _ message: String
  ) throws {
    let failure = try #require(throws: Failure.self) { try configuration([(key, value)]) }
    #expect(failure.exitCode == .manifestInvalid)
    #expect("\(failure)".contains(message), "\(failure)")
  }

  @Test func `without the published files the run fails for want of data`() throws {
    let failure = try #require(throws: Failure.self) {
      try TinyRun.run(configuration([("task.source", "official")]))
    }
    #expect(failure.exitCode == .dataMissing)
  }

  // MARK: What a permutation starts from

  @Test func `used weights are those of any earlier mask, but for the tensors that are reset`() {
    let first = MaskSet([
      "a": BinaryMask(bits: [1, 0, 0, 0], shape: [4]), "b": BinaryMask(bits: [0, 1], shape: [2]),
    ])
    let second = MaskSet([
      "a": BinaryMask(bits: [0, 0, 1, 0], shape: [4]), "b": BinaryMask(bits: [0, 1], shape: [2]),
    ])
    let kept = TransferStart(after: [first, second], resetting: [])
    #expect(kept.used["a"]?.bits == [1, 0, 1, 0] && kept.used["b"]?.bits == [0, 1])
    let reset = TransferStart(after: [first, second], resetting: ["a"])
    #expect(reset.used["a"] == nil && reset.used["b"]?.bits == [0, 1])
    #expect(TransferStart(after: [], resetting: ["a"]).used == MaskSet([:]))
  }

  @Test func `masks start old where weights are used, and weights keep their values there`() {
    let parameters = [
      Parameter<Float>(name: "a", role: .weight, value: Tensor([1, 2, 3], shape: [3])),
      Parameter<Float>(name: "b", role: .bias, value: Tensor([4, 5], shape: [2])),
    ]
    let start = TransferStart(
      after: [MaskSet(["a": BinaryMask(bits: [0, 1, 0], shape: [3])])], resetting: [])
    let logits = start.logits(for: parameters, old: 2, new: -1)
    #expect(logits["a"]?.scalars == [-1, 2, -1] && logits["b"]?.scalars == [-1, -1])
    start.reinitialize(parameters) {
      parameters[0].value = Tensor([7, 8, 9], shape: [3])
      parameters[1].value = Tensor([0, 0], shape: [2])
    }
    #expect(parameters[0].value.scalars == [7, 2, 9] && parameters[1].value.scalars == [0, 0])
  }

  @Test func `sharing counts what any earlier permutation uses`() throws {
    let masks = [[1, 0, 0, 0], [0, 1, 0, 0], [1, 1, 1, 0]].map { (bits: [UInt8]) in
      MaskSet([
        "layers.0.weight": BinaryMask(bits: bits, shape: [2, 2]),
        "layers.1.weight": BinaryMask(bits: [0, 0], shape: [1, 2]),
      ])
    }
    let context = try RunContext(seed: 0)
    TransferSharing(masks).record(in: context)
    #expect(try context.value(.transfer, ["2", "layers.0.weight"], "n_kept") == 3)
    #expect(try context.value(.transfer, ["2", "layers.0.weight"], "n_shared") == 2)
    #expect(try context.value(.transfer, ["2", "layers.0.weight"], "shared_frac") == 2.0 / 3)
    #expect(try context.value(.transfer, ["2", "layers.1.weight"], "shared_frac") == 0)
    #expect(try context.value(.transfer, ["2", "all"], "shared_frac") == 2.0 / 3)
    TransferSharing([masks[2]]).record(in: context)
    #expect(try context.value(.transfer, ["0", "all"], "n_kept") == 3)
    #expect(context.records(of: .transfer).filter { $0.keys[0] == "0" }.count == 3)
  }

  // MARK: Runs

  @Test func `every permutation is trained, judged and counted`() throws {
    let context = try TinyRun.run(configuration())
    let names = Set((0..<3).map { "permutation-\($0)" })
    #expect(
      Set(context.recordedTables.map(\.name)) == [
        "accuracy", "layer_stats", "pair_overlap", "transfer", "training_curve",
      ])
    #expect(context.texts(.accuracy, 0) == names && context.texts(.accuracy, 2) == names)
    #expect(
      context.texts(.accuracy, 1) == [
        "mask", "none", "inverse", "random", "random-complement", "magnitude",
      ])
    let pairs = context.records(of: .accuracy).filter {
      $0.keys[1] == "mask" && $0.metric == "accuracy"
    }
    #expect(pairs.count == 6, "each permutation under its mask, then and after every later one")
    #expect(
      context.texts(.transfer, 1)
        == Set((0..<3).flatMap { ["layers.\($0).weight", "layers.\($0).bias"] } + ["all"]))
    #expect(context.texts(.trainingCurve, 0) == names)
    for (number, name) in names.sorted().enumerated() {
      let accuracy = try context.value(.accuracy, [name, "mask", name], "accuracy")
      #expect(try context.value(.transfer, ["\(number)", "all"], "accuracy") == accuracy)
      #expect(context.notes["mask_converged_\(name)"] != nil)
    }
  }

  /// All that an earlier permutation needs is frozen, and everything else is masked to zero.
  @Test func `without a reset earlier permutations never change, to the last bit`() throws {
    let context = try TinyRun.run(configuration())
    for permutation in 0..<3 {
      let kept = try context.value(.layerStats, ["permutation-\(permutation)", "all"], "kept_frac")
      #expect(kept > 0.1 && kept < 0.9, "the masks tell weights apart")
    }
    for metric in ["accuracy", "loss"] {
      func value(_ stage: Int, _ task: Int) throws -> UInt64 {
        try context.value(
          .accuracy, ["permutation-\(stage)", "mask", "permutation-\(task)"], metric
        ).bitPattern
      }
      for task in 0..<3 {
        for stage in task..<3 { #expect(try value(stage, task) == value(task, task), "\(metric)") }
      }
    }
  }

  @Test func `with a reset earlier permutations lose their first layer`() throws {
    let context = try TinyRun.run(configuration(resetting: true))
    func loss(_ stage: Int) throws -> Double {
      try context.value(
        .accuracy, ["permutation-\(stage)", "mask", "permutation-0"], "loss")
    }
    #expect(try loss(0) != loss(1))
  }

  @Test func `weights that no step may reach are handed on`() throws {
    // Without pressure and with a tiny rate all masks keep everything: nothing is left to learn.
    let frozen = [("mask.beta", "0"), ("mask.lr", "0.000001")]
    let kept = try TinyRun.run(configuration(frozen))
    for permutation in ["1", "2"] {
      #expect(try kept.value(.transfer, [permutation, "all"], "shared_frac") == 1)
    }
    func loss(_ context: RunContext, _ stage: Int) throws -> Double {
      try context.value(
        .accuracy, ["permutation-\(stage)", "none", "permutation-\(stage)"], "loss")
    }
    let reset = try TinyRun.run(configuration(frozen, resetting: true))
    #expect(try loss(kept, 0) == loss(reset, 0), "the first permutation is the same")
    #expect(try loss(kept, 1) != loss(reset, 1), "later ones draw the first layer anew")
    // Masks that start below zero keep nothing new.
    let old = try TinyRun.run(configuration(frozen, variant: "prefer-old-more", resetting: true))
    let layer = "layers.0.weight"
    #expect(try old.value(.transfer, ["1", layer], "n_kept") == 0)
    #expect(try old.value(.transfer, ["1", "layers.1.weight"], "shared_frac") == 1)
  }

  /// Stops the run again and again, at last lets it end, and expects the tables and files of an
  /// uninterrupted run.
  @Test func `a run stopped and resumed gives the same files, and another seed does not`() throws {
    try withTemporaryFolder { root in
      let (experiment, configuration) = try configuration(resetting: true)
      func run(_ name: String, seed: Int = 0, steps: Int? = nil) throws -> RunContext {
        var asked = 0
        try Folder.create(at: "\(root)/\(name)")
        let context = try RunContext(
          seed: seed, folder: "\(root)/\(name)",
          shouldStop: {
            asked += 1
            return steps.map { asked > $0 } ?? false
          })
        try experiment.prepare(json: configuration).run(context)
        return context
      }
      let expected = try run("whole")
      // 36 steps in parts: within and between the permutations.
      for _ in 0..<4 { #expect(throws: Cancelled.self) { try run("parts", steps: 9) } }
      let actual = try run("parts")
      #expect(actual.rows == expected.rows)
      #expect(try run("other", seed: 1).rows != expected.rows)
      for file in ["weights.safetensors", "masks.safetensors"] {
        #expect(
          try SHA256.file(at: "\(root)/whole/\(file)") == SHA256.file(at: "\(root)/parts/\(file)"))
      }
      let masks = try Safetensors.read("\(root)/whole/masks.safetensors").tensors
      #expect(masks["permutation-2/layers.1.bias"] != nil)
      #expect(masks["permutation-0/layers.0.weight.logit"] != nil)
    }
  }
}
