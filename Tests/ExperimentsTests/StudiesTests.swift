import ExperimentKit
import Experiments
import Store
import Testing

/// What the experiments with masks have in common, on tiny networks.
@Suite struct StudiesTests {
  static let short: [(String, String)] = [
    ("pretrain.steps", "12"), ("mask.steps", "6"), ("log-every", "5"),
  ]

  struct Subject: Sendable, CustomTestStringConvertible {
    var experiment: String
    var changes: [(String, String)]
    var stages: Set<String>
    var evaluationSets: Set<String>
    var testDescription: String { experiment }
  }

  static let subjects = [
    Subject(
      experiment: "addmul-lstm",
      changes: short + [("task.train-size", "500"), ("task.valid-size", "60")],
      stages: ["full", "add", "mul"], evaluationSets: ["iid", "add", "mul"]),
    Subject(
      experiment: "double-add-fnn",
      changes: short + [("task.train-size", "500"), ("task.valid-size", "60")],
      stages: ["full", "pair1", "pair2"], evaluationSets: ["iid", "pair1", "pair2"]),
    Subject(
      experiment: "double-add-lstm",
      changes: short + [("task.train-size", "500"), ("task.valid-size", "60")],
      stages: ["full", "pair1", "pair2"], evaluationSets: ["iid", "pair1", "pair2"]),
    Subject(
      experiment: "scan-lstm", changes: short + [("task.test-size", "12")],
      stages: ["full", "jump", "length", "turn-left"],
      evaluationSets: ["iid", "jump", "length", "own", "turn-left"]),
    Subject(
      experiment: "scan-transformer", changes: short + [("task.test-size", "12")],
      stages: ["full", "jump", "length", "turn-left"],
      evaluationSets: ["iid", "jump", "length", "own", "turn-left"]),
    Subject(
      experiment: "math-transformer", changes: short + [("task.test-size", "12")],
      stages: ["full", "easy"], evaluationSets: ["iid", "easy", "hard", "interpolate"]),
    Subject(
      experiment: "cifar10-cnn", changes: [],
      stages: ["full", "disc-horizontal", "ring-checks"], evaluationSets: ["iid", "own"]),
    Subject(
      experiment: "cifar10-resnet", changes: [], stages: ["full", "disc-horizontal"],
      evaluationSets: ["iid", "own"]),
  ]

  @Test(arguments: subjects) func `all stages, modes and sets are recorded`(
    _ subject: Subject
  ) throws {
    let context = try TinyRun.run(
      TinyRun.configuration(
        subject.experiment, subject.changes + [("controls.level", "off")]))
    #expect(context.texts(.accuracy, 0) == subject.stages.union(["pretrained"]))
    #expect(
      context.texts(.accuracy, 1) == [
        "none", "mask", "inverse", "inverse-io-full", "inverse-io-ones", "half-early", "half-late",
        "random", "random-complement", "magnitude",
      ])
    #expect(context.texts(.accuracy, 2) == subject.evaluationSets)
    #expect(context.texts(.layerStats, 0) == subject.stages)
    #expect(context.texts(.trainingCurve, 0) == subject.stages.union(["pretrained"]))
    for row in context.records(of: .accuracy) where row.metric == "accuracy" {
      #expect((0...1).contains(row.value), "\(row.keys)")
    }
    for row in context.records(of: .accuracy) where row.metric == "loss" {
      #expect(row.value.isFinite && row.value > 0, "\(row.keys)")
    }
    // A weight is kept by the mask or by its inverse: together they see every example twice.
    for stage in subject.stages {
      let all = try context.value(.layerStats, [stage, "all"], "n_weights")
      let parts = context.records(of: .layerStats).filter {
        $0.keys[0] == stage && $0.keys[1] != "all" && $0.metric == "n_weights"
      }
      #expect(parts.reduce(0) { $0 + $1.value } == all)
      #expect(context.notes["mask_converged_\(stage)"] != nil)
    }
  }

  @Test(arguments: subjects) func `the same seed gives the same bits and another does not`(
    _ subject: Subject
  ) throws {
    let tiny = try TinyRun.configuration(subject.experiment, subject.changes)
    let rows = try TinyRun.run(tiny).rows
    #expect(rows == (try TinyRun.run(tiny).rows))
    #expect(rows != (try TinyRun.run(tiny, seed: 1).rows))
  }

  @Test func `stages of a pair leave the other pair's inputs and outputs alone`() throws {
    // Without pressure, logits move only where a gradient arrives: the weights of the other pair's
    // inputs and outputs keep their start.
    let context = try TinyRun.run(
      TinyRun.configuration(
        "double-add-fnn", variant: "big",
        Self.subjects[1].changes + [
          ("mask.beta", "0"), ("mask.init-logit", "0.001"),
          ("mask.clip-scope", "trainable"),
        ]))
    let kept = try context.value(.layerStats, ["pair1", "layers.0.weight"], "kept_frac")
    // Half of the columns are never seen and stay kept.
    #expect(kept >= 0.5)
    let shared = try context.value(.pairOverlap, ["pair1", "pair2", "layers.0.weight"], "n_union")
    let count = try context.value(.layerStats, ["pair1", "layers.0.weight"], "n_weights")
    #expect(shared == count)
  }

  @Test func `copied weights make the pairs' answers alike`() throws {
    let changes = Self.subjects[1].changes
    let copied = try TinyRun.run(
      TinyRun.configuration("double-add-fnn", variant: "copyweight", changes))
    let plain = try TinyRun.run(TinyRun.configuration("double-add-fnn", variant: "big", changes))
    func losses(_ context: RunContext) throws -> [Double] {
      try ["pair1", "pair2"].map {
        try context.value(.accuracy, ["pretrained", "none", $0], "loss")
      }
    }
    // The second pair's weights are untouched, and the first pair's answers are others.
    #expect(try losses(copied)[1] == losses(plain)[1])
    #expect(try losses(copied)[0] != losses(plain)[0])
  }

  @Test func `removed output weights are counted for every action`() throws {
    let context = try TinyRun.run(
      TinyRun.configuration("scan-lstm", Self.subjects[3].changes))
    #expect(context.texts(.outputUnitRemoved, 0) == ["jump", "length", "turn-left"])
    #expect(context.texts(.outputUnitRemoved, 1) == Set((0..<7).map(String.init)))
    let kept = try context.value(.layerStats, ["full", "decoder.output.weight"], "n_kept")
    let references = context.records(of: .outputUnitRemoved).filter {
      $0.keys[0] == "jump" && $0.metric == "n_ref"
    }
    #expect(references.reduce(0) { $0 + $1.value } == kept)
  }

  @Test func `a baseline is judged on its own split only`() throws {
    let context = try TinyRun.run(
      TinyRun.configuration(
        "scan-baseline", variant: "transformer",
        [("pretrain.steps", "5"), ("task.test-size", "12"), ("log-every", "5")]))
    #expect(context.texts(.accuracy, 0) == ["pretrained"])
    #expect(context.texts(.accuracy, 2) == ["jump"])
    #expect(!context.recordedTables.map(\.name).contains("layer_stats"))
  }

  @Test(arguments: [
    ("scan-lstm", "task.longest-trained-output", "6", "longest-output"),
    ("scan-transformer", "model.heads", "5", "multiple of model.heads"),
    ("math-transformer", "task.easy-entropy", "[3, 2]", "no range"),
    ("addmul-lstm", "mask.samples", "5", "multiple of mask.samples"),
    ("addmul-lstm", "mask.batch", "126", "mask.batch is no multiple"),
    ("addmul-lstm", "pretrain.momentum", "0.9", "pretrain.optimizer: sgd"),
    ("cifar10-cnn", "task.classes", "[cat]", "no class 'cat'"),
    ("cifar10-cnn", "task.classes", "[ring-checks, ring-checks]", "twice"),
    ("cifar10-cnn", "mask.roles", "[weight]", "classifier's weight and bias"),
    ("cifar10-resnet", "mask.exclude", "[classifier.*]", "classifier's weight and bias"),
    ("cifar10-resnet", "model.depth", "10", "6 n + 2"),
    ("cifar10-mask-stability", "mask.exclude", "[classifier.bias]", "classifier's weight and bias"),
  ])
  func `settings that contradict each other are refused`(
    _ experiment: String, _ key: String, _ value: String, _ message: String
  ) throws {
    let failure = try #require(throws: Failure.self) {
      let tiny = try TinyRun.configuration(experiment, [(key, value)])
      _ = try TinyRun.run(tiny)
    }
    #expect(failure.exitCode == .manifestInvalid)
    #expect("\(failure)".contains(message), "\(failure)")
  }
}
