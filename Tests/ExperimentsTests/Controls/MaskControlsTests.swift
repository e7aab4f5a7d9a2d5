import ExperimentKit
import Store
import TestSupport
import Testing

@testable import Experiments

/// Controls of masks on tiny networks, against what is known of them from other tables.
@Suite struct MaskControlsTests {
  static let tiny: [(String, String)] = [
    ("task.train-size", "400"), ("task.valid-size", "120"), ("pretrain.steps", "80"),
    ("mask.steps", "40"), ("mask.beta", "1e-2"), ("controls.draws", "3"),
    ("controls.returned", "[0, 0.5, 1]"), ("controls.adversary-steps", "[2]"),
    ("controls.adversary-restarts", "2"), ("controls.examples", "1000"),
  ]

  private static func run(
    _ changes: [(String, String)], of experiment: String = "addmul-fnn"
  ) throws -> RunContext {
    try TinyRun.run(configuration(changes, of: experiment))
  }

  private static func configuration(
    _ changes: [(String, String)], of experiment: String = "addmul-fnn"
  ) throws -> (experiment: any Kind, configuration: JSONValue) {
    let given = Set(changes.map(\.0))
    return try TinyRun.configuration(
      experiment, tiny.filter { !given.contains($0.0) } + changes)
  }

  // MARK: Evaluations

  @Test func `masks that give back nothing or everything are known`() throws {
    let context = try Self.run([("controls.level", "basic")])
    for stage in ["full", "add", "mul"] {
      let set = stage == "full" ? "iid" : stage
      let own = try context.value(.accuracy, [stage, "mask", set], "accuracy")
      let whole = try context.value(.accuracy, ["pretrained", "none", set], "accuracy")
      func value(_ method: String, _ unit: String, _ level: String) throws -> Double {
        try context.value(.robustness, [stage, method, unit, level], "accuracy")
      }
      #expect(try value("none", "none", "0") == own)
      for unit in ["weight", "row"] {
        #expect(abs(try value("bernoulli", unit, "0.0") - own) < 1e-12)
        #expect(abs(try value("bernoulli", unit, "1.0") - whole) < 1e-12)
        #expect(try context.value(.robustness, [stage, "uniform", unit, "1"], "n_draws") == 3)
      }
      let attacked = [stage, "adversary", "layer", "2"]
      let (mean, worst) = (
        try context.value(.robustness, attacked, "accuracy"),
        try context.value(.robustness, attacked, "worst")
      )
      #expect(worst <= mean && worst >= 0)
      #expect(try context.value(.robustness, attacked, "n_draws") == 2)
      if own > 0 {
        let drop = try context.value(.robustness, attacked, "worst_relative_drop")
        #expect(abs(drop - (1 - worst / own)) < 1e-12)
      }

      #expect(try context.value(.maskTransfer, [stage, stage], "accuracy") == own)
      #expect(try context.value(.maskTransfer, ["pretrained", stage], "accuracy") == whole)
      #expect(try context.value(.keptCurve, [stage, "1.0"], "accuracy") == whole)
      let left = try context.value(.maskQuality, [stage], "complement_accuracy")
      #expect(left == (try context.value(.accuracy, [stage, "inverse", set], "accuracy")))
      let chance = try context.value(.maskTransfer, ["pretrained", stage], "chance")
      #expect(
        abs(
          try context.value(.maskQuality, [stage], "complement_left")
            - (left - chance) / (whole - chance)) < 1e-12)
    }
    for (stage, task) in [("add", "mul"), ("mul", "add")] {
      #expect(
        try context.value(.maskTransfer, [stage, task], "accuracy")
          == context.value(.accuracy, [stage, "mask", task], "accuracy"))
    }
    #expect(context.records(of: .sharing).isEmpty && context.records(of: .nullMasks).isEmpty)
  }

  /// The same examples in the same batches: all other tables stay as they are, but for controls that cannot
  /// be as large as the mask.
  @Test func `other tables are those of a run without controls`() throws {
    let (without, with) = (
      try Self.run([("controls.level", "off")]), try Self.run([("controls.level", "standard")])
    )
    #expect(without.recordedTables.allSatisfy { !Table.ofControls.contains($0) })
    let left = Set(without.rows).subtracting(with.rows)
    #expect(left.allSatisfy { $0.contains("random-complement") })
    let added = Set(with.rows).subtracting(without.rows).filter { row in
      !Table.ofControls.contains { row.hasPrefix("\($0.name) ") }
    }
    #expect(added.allSatisfy { $0.hasPrefix("training_curve ") }, "masks for comparison")
  }

  @Test func `a control that cannot be as large as the mask is left out`() throws {
    let tiny = try Self.configuration([("mask.beta", "0"), ("controls.level", "basic")])
    var warnings: [String] = []
    let context = try RunContext(
      seed: 0, kind: tiny.experiment,
      events: { if case .warning(let text) = $0 { warnings.append(text) } })
    try tiny.experiment.prepare(json: tiny.configuration).run(context)
    let modes = context.texts(.accuracy, 1)
    #expect(!modes.contains("random-complement") && modes.contains("random"))
    #expect(warnings.count == 3)
    #expect(warnings[1].contains("'add' keeps more than half of layers.0.weight, "))
  }

  // MARK: Masks for comparison

  @Test func `sharing and masks for what was never learned`() throws {
    let context = try Self.run([("controls.level", "full")])
    #expect(context.texts(.sharing, 0) == ["add", "mul"])
    #expect(context.texts(.sharing, 1) == ["mul", "never-subtract", "never-maximum"])
    for layer in context.texts(.sharing, 2) {
      let keys = ["add", "mul", layer]
      for metric in ["iou", "iomin"] {
        #expect(
          try context.value(.sharing, keys, metric)
            == context.value(.pairOverlap, keys, metric))
      }
      #expect(
        try context.value(.sharing, keys, "shared_frac")
          == context.value(.layerStats, ["add", layer], "shared_frac"))
      // Three masks of each: twenty divisions, each counted for both orders.
      let p = try context.value(.sharing, keys, "p")
      #expect(abs((p * 10).rounded() - p * 10) < 1e-9 && p >= 0.1 - 1e-12)
    }
    for null in ["never-subtract", "never-maximum"] {
      for stage in ["full", "add", "mul"] {
        func value(_ metric: String) throws -> Double {
          try context.value(.nullMasks, [stage, null], metric)
        }
        let bound = (try value("chance") + value("accuracy_stage")) / 2
        #expect(try value("has_meaning") == (value("accuracy_equal_size") < bound ? 1 : 0))
        #expect(
          try value("n_kept_stage") == context.value(.layerStats, [stage, "all"], "n_kept"))
      }
      #expect(context.texts(.robustness, 0).contains(null))
      #expect(
        try context.value(.nullMasks, ["add", null], "accuracy_network")
          == context.value(.maskTransfer, ["pretrained", null], "accuracy"))
    }
  }

  @Test func `masks in destroyed networks and masks apart`() throws {
    let context = try Self.run([
      ("controls.level", "basic"), ("controls.destroyed", "[shuffled-weights, re-initialised]"),
      ("controls.apart", "2"), ("mask.lr", "0.1"),
    ])
    #expect(context.texts(.nullMasks, 0) == ["add", "mul"])
    #expect(context.texts(.nullMasks, 1) == ["shuffled-weights", "re-initialised"])
    for stage in ["add", "mul"] {
      // The trained network is there again afterwards.
      let network = try context.value(.maskTransfer, ["pretrained", stage], "accuracy")
      let own = try context.value(.maskTransfer, [stage, stage], "accuracy")
      #expect(try context.value(.masksApart, [stage, "1"], "accuracy") == own)
      let shuffled = try context.value(
        .nullMasks, [stage, "shuffled-weights"], "accuracy_network")
      #expect(shuffled != network)
      let kept = try context.value(.masksApart, [stage, "1"], "n_kept")
      #expect(try kept == context.value(.layerStats, [stage, "all"], "n_kept"))
      let index = try context.value(.maskQuality, [stage], "non_uniqueness")
      #expect(index >= 0 && index <= 2)
      #expect(try context.value(.masksApart, [stage, "2"], "iou") < 1)
    }
    #expect(context.texts(.masksApart, 1) == ["1", "2"])
  }

  @Test func `functions that no network learns are what their names say`() throws {
    // A network that is not trained and masks that are not either: all rows are there all the same.
    for (experiment, functions) in [
      ("addmul-lstm", ["subtract", "maximum", "renamed-sum"]),
      ("double-add-fnn", ["subtract", "maximum"]),
    ] {
      let context = try Self.run(
        [
          ("pretrain.steps", "2"), ("mask.steps", "2"), ("controls.level", "basic"),
          ("controls.never-learned", "[\(functions.joined(separator: ", "))]"),
        ], of: experiment)
      #expect(context.texts(.nullMasks, 1) == Set(functions.map { "never-\($0)" }))
    }
  }

  @Test(arguments: ["basic", "full"])
  func `a run that is stopped again and again gives the same files`(level: String) throws {
    try TinyRun.expectSameFilesWhenStopped(
      Self.configuration(
        [("pretrain.steps", "4"), ("mask.steps", "6"), ("controls.level", level)]),
      stops: level == "basic" ? 6 : 12, steps: 17)
  }

  // MARK: Settings

  private func failure(_ changes: [(String, String)]) -> Failure? {
    #expect(throws: Failure.self) {
      let (kind, configuration) = try TinyRun.configuration("addmul-fnn", changes)
      _ = try kind.prepare(json: configuration)
    }
  }

  @Test func `what an experiment does not have is refused before anything runs`() throws {
    let unknown = try #require(
      failure([("controls.never-learned", "[divide]"), ("controls.level", "basic")]))
    #expect(unknown.what.hasPrefix("controls.never-learned: there is no function 'divide'"))
    #expect(unknown.why == "the experiment has subtract, maximum, renamed-sum")
    #expect(
      failure([("controls.never-learned", "[maximum, maximum]"), ("controls.level", "full")])?.what
        .hasPrefix("controls.never-learned lists 'maximum' twice") == true)
    #expect(failure([("controls.level", "most")])?.what.contains("controls.level") == true)
    #expect(throws: Failure.self) {
      try TinyRun.configuration("cifar10-mask-stability", [("controls.level", "basic")])
    }
  }

  /// A configuration that says nothing of controls is one from before there were any.
  @Test func `without controls a configuration is what it was`() throws {
    let off = try TinyRun.configuration("addmul-fnn", [("controls.level", "off")]).configuration
    #expect(off["controls"] == nil)
    let other = try TinyRun.configuration(
      "addmul-fnn", [("controls.level", "off"), ("controls.draws", "5")])
    #expect(other.configuration == off)
    let basic = try TinyRun.configuration("addmul-fnn", [("controls.level", "basic")]).configuration
    #expect(basic["controls"]?["level"] == "basic")
  }
}
