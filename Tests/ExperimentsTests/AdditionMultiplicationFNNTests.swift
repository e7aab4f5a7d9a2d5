import ExperimentKit
import Experiments
import NeuralNetworks
import Store
import Tensors
import TestSupport
import Testing

@Suite struct AdditionMultiplicationFNNTests {
  private let experiment: any Kind

  init() throws { experiment = try AllKinds.registry.find("addmul-fnn") }

  /// Smaller than the smoke profile, so that it runs many times.
  private func configuration(_ changes: String = "{}") throws -> JSONValue {
    let manifest = try Manifest(
      text: """
        schema: 1
        experiment: addmul-fnn
        section: "3.1"
        title: test
        task: {digits: 1, train-size: 2000, valid-size: 300}
        model: {hidden: [16, 16]}
        pretrain: {steps: 30, batch: 32}
        mask: {steps: 20, clip-scope: reference}
        controls: off
        log-every: 7
        variants: {main: \(changes)}
        """, path: "test.yaml", registry: AllKinds.registry)
    return try #require(try manifest.resolve(profile: "paper").first).configuration
  }

  private func records(_ context: RunContext) -> [String] {
    context.recordedTables.flatMap { table in
      context.records(of: table).map {
        "\(table.name) \($0.keys) \($0.metric) \($0.value.bitPattern)"
      }
    }
  }

  private func run(_ configuration: JSONValue, seed: Int = 0) throws -> RunContext {
    let context = try RunContext(seed: seed)
    try experiment.prepare(json: configuration).run(context)
    return context
  }

  @Test func allTablesAreRecorded() throws {
    let context = try run(configuration())
    #expect(
      Set(context.recordedTables.map(\.name)) == [
        "accuracy", "layer_stats", "pair_overlap", "confusion", "confusion_delta",
        "mask_histogram", "modularity", "training_curve",
      ])
    func keys(_ table: Table, _ position: Int) -> Set<String> {
      Set(context.records(of: table).map { $0.keys[position] })
    }
    #expect(keys(.accuracy, 0) == ["pretrained", "full", "add", "mul"])
    #expect(
      keys(.accuracy, 1) == [
        "none", "mask", "inverse", "inverse-io-full", "inverse-io-ones", "half-early", "half-late",
        "random", "random-complement", "magnitude",
      ])
    #expect(keys(.accuracy, 2) == ["iid", "add", "mul"])
    #expect(
      keys(.layerStats, 1) == ["layers.0.weight", "layers.1.weight", "layers.2.weight", "all"])
    #expect(keys(.confusion, 3) == ["add", "mul", "none"])
    #expect(keys(.confusionDelta, 0) == ["add", "mul"])
    #expect(keys(.trainingCurve, 1) == ["7", "14", "21", "28"])
    #expect(context.notes["mask_converged_add"] != nil)
    let halves = context.records(of: .accuracy).filter { $0.keys[1].hasPrefix("half") }
    #expect(Set(halves.map { $0.keys[0] }) == ["full"])
  }

  @Test func countsAddUp() throws {
    let context = try run(configuration())
    func value(_ table: Table, _ keys: [String], _ metric: String) throws -> Double {
      try #require(
        context.records(of: table).first { $0.keys == keys && $0.metric == metric }
      ).value
    }
    let iid = try value(.accuracy, ["full", "mask", "iid"], "n_examples")
    #expect(iid == 300)
    var right = 0.0
    var examples = 0.0
    for set in ["add", "mul"] {
      let n = try value(.accuracy, ["full", "mask", set], "n_examples")
      examples += n
      right += n * (try value(.accuracy, ["full", "mask", set], "accuracy"))
    }
    #expect(examples == 300)
    #expect(abs(try value(.accuracy, ["full", "mask", "iid"], "accuracy") - right / 300) < 1e-12)

    for stage in ["full", "add", "mul"] {
      let layers = try (0..<3).map {
        try value(.layerStats, [stage, "layers.\($0).weight"], "n_kept")
      }
      #expect(try value(.layerStats, [stage, "all"], "n_kept") == layers.reduce(0, +))
      let histogram = context.records(of: .maskHistogram).filter { $0.keys[0] == stage }
      #expect(histogram.count == 500)
      #expect(histogram.reduce(0) { $0 + $1.value } == Double(22 * 16 + 16 * 16 + 16 * 10))
    }
    for truth in ["add", "mul"] {
      let rates = try ["add", "mul", "none"].map {
        try value(.confusion, ["add", "mask", truth, $0], "rate")
      }
      #expect(abs(rates.reduce(0, +) - 1) < 1e-12)
      for predicted in ["add", "mul", "none"] {
        let delta = try value(.confusionDelta, ["add", truth, predicted], "delta")
        let own = try value(.confusion, ["add", "mask", truth, predicted], "rate")
        let full = try value(.confusion, ["full", "mask", truth, predicted], "rate")
        #expect(abs(delta - (own - full)) < 1e-12)
      }
    }
    // What addition shares with multiplication is what multiplication shares with addition.
    #expect(
      try value(.layerStats, ["add", "all"], "n_shared")
        == value(.layerStats, ["mul", "all"], "n_shared"))
    #expect(
      try value(.layerStats, ["add", "all"], "n_shared")
        == value(.pairOverlap, ["add", "mul", "all"], "n_inter"))
  }

  @Test func theSameSeedGivesTheSameBitsAndAnotherDoesNot() throws {
    let c = try configuration()
    let first = records(try run(c))
    #expect(first == records(try run(c)))
    #expect(first != records(try run(c, seed: 1)))
  }

  /// All levels with fused multiply-adds round alike; the base level is a separate environment.
  @Test(arguments: KernelLevel.allCases.filter { $0.isAvailable && $0.hasFusedMultiplyAdd })
  func theKernelLevelDoesNotMatter(level: KernelLevel) throws {
    let c = try configuration()
    let best = records(try run(c))
    #expect(try level.use { records(try run(c)) } == best)
  }

  @Test func stagesDoNotInfluenceEachOthersNoise() throws {
    // With the trainable scope the stages are independent: their results depend on no other stage.
    let scoped = try configuration("{mask: {clip-scope: trainable}}")
    let context = try run(scoped)
    let logits = context.records(of: .layerStats).filter { $0.metric == "n_kept" }
    #expect(!logits.isEmpty)
    let reference = try run(configuration())
    let curve = { (context: RunContext, stage: String) in
      context.records(of: .trainingCurve).filter { $0.keys[0] == stage && $0.metric == "loss" }
    }
    #expect(curve(context, "pretrained") == curve(reference, "pretrained"))
    #expect(curve(context, "add") != curve(reference, "add"), "the clip scope acts")
  }

  @Test func aRunStoppedAndResumedGivesTheSameFiles() throws {
    // 90 steps in parts of 9: within and between all phases, and during the measurements.
    try TinyRun.expectSameFilesWhenStopped((experiment, configuration()), stops: 11, steps: 9)
  }

  @Test(arguments: ["hard-concrete", "continuous-sparsification"])
  func otherEstimatorsAreStoppedAndResumedToo(kind: String) throws {
    let c = try configuration("{mask: {kind: \(kind), lr: 0.1, beta: 0.05, init-logit: 0.2}}")
    try TinyRun.expectSameFilesWhenStopped((experiment, c), stops: 4, steps: 20)
    let context = try run(c)
    for stage in ["full", "add", "mul"] {
      let kept = context.records(of: .layerStats).first {
        $0.keys == [stage, "all"] && $0.metric == "kept_frac"
      }
      #expect(try #require(kept).value < 1)
    }
  }

  @Test func masksAreLearnedInANetworkThatIsNotTrained() throws {
    let c = try configuration("{pretrain: {steps: 0}}")
    try TinyRun.expectSameFilesWhenStopped((experiment, c), stops: 3, steps: 15)
    let context = try run(c)
    #expect(!context.texts(.trainingCurve, 0).contains("pretrained"))
    for record in context.records(of: .accuracy) { #expect(record.value.isFinite) }
    let network = SequentialNetwork<Float>(
      .feedForward(sizes: [22, 16, 16, 10]), random: RandomSource(seed: 0))
    try withTemporaryFolder { root in
      let stored = try RunContext(seed: 0, folder: root)
      try experiment.prepare(json: c).run(stored)
      let weights = try Safetensors.read("\(root)/weights.safetensors").tensors
      for parameter in network.parameters {
        #expect(weights[parameter.name] == .float32(parameter.value))
      }
    }
  }

  @Test func aNetworkThatDivergesIsNamed() throws {
    let c = try configuration("{pretrain: {lr: 1000}, mask: {lr: 1000}}")
    // A huge learning rate makes the loss enormous; it must either stay finite or be reported,
    // never be averaged.
    do {
      let context = try run(c)
      for table in context.recordedTables {
        for record in context.records(of: table) { #expect(record.value.isFinite) }
      }
    } catch let error as Diverged {
      #expect(!error.tensor.isEmpty)
    }
  }

  @Test func unusableConfigurationsAreRefused() throws {
    #expect(throws: Failure.self) { try configuration("{mask: {samples: 5}}") }
    #expect(throws: Failure.self) { try configuration("{mask: {exclude: [layers.*]}}") }
    #expect(throws: Failure.self) { try configuration("{mask: {roles: []}}") }
    #expect(throws: Failure.self) {
      try configuration("{mask: {kind: hard-concrete, temperature: 2}}")
    }
  }

  @Test func rolesAndExclusionsChooseWhatIsMasked() throws {
    let c = try configuration("{mask: {roles: [weight, bias], exclude: [layers.2.*]}}")
    let rows = try experiment.prepare(json: c).describe().rows
    #expect(
      rows.filter(\.isMasked).map(\.layer) == [
        "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias",
      ])
  }

  @Test func predictionsUseWeightsAndMasks() throws {
    try withTemporaryFolder { root in
      let c = try configuration()
      let context = try RunContext(seed: 0, folder: root)
      try experiment.prepare(json: c).run(context)
      let weights = try Safetensors.read("\(root)/weights.safetensors").tensors
        .compactMapValues { if case .float32(let t) = $0 { t } else { nil } }
      let masks = try StoredMasks(
        Safetensors.read("\(root)/masks.safetensors").tensors, path: "masks"
      ).stage("add").mapValues(\.factors)
      let inputs: Tensor<Float> = RandomSource(seed: 3).stream("inputs").uniform([5, 22])
      func predict(_ masks: [String: Tensor<Float>]?, inverted: Bool = false) throws
        -> Tensor<Float>
      {
        try experiment.prepare(json: c).predict(
          PredictionRequest(
            weights: weights, masks: masks, isInverted: inverted,
            inputs: ["inputs": .float32(inputs)]))
      }
      // By hand, layer by layer.
      func byHand(_ weights: [String: Tensor<Float>]) throws -> Tensor<Float> {
        var x = inputs
        for layer in 0..<3 {
          let w = try #require(weights["layers.\(layer).weight"])
          var y = x.matrixProduct(w.transposed())
          let bias = try #require(weights["layers.\(layer).bias"])
          for i in 0..<y.count { y[flat: i] += bias[flat: i % bias.count] }
          x = layer < 2 ? y.applying(.relu) : y
        }
        return x
      }
      #expect((try predict(nil) - byHand(weights)).maximumMagnitude() < 1e-5)
      let masked = weights.merging(masks) { $0 * $1 }
      #expect((try predict(masks) - byHand(masked)).maximumMagnitude() < 1e-5)
      let inverted = weights.merging(masks) { $0 - $0 * $1 }
      #expect((try predict(masks, inverted: true) - byHand(inverted)).maximumMagnitude() < 1e-5)
    }
  }
}
