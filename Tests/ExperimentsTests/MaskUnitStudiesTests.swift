import ExperimentKit
import Masks
import Store
import Testing

@testable import Experiments

/// Studies with masks of other things than single weights.
@Suite struct MaskUnitStudiesTests {
  private static func run(
    _ changes: [(String, String)], of experiment: String = "addmul-fnn"
  ) throws -> RunContext {
    try TinyRun.run(
      TinyRun.configuration(
        experiment,
        StudiesTests.short + [("task.train-size", "400"), ("task.valid-size", "60")] + changes))
  }

  @Test(arguments: ["row", "column", "layer"])
  func `tables count units and weights`(_ unit: String) throws {
    let context = try Self.run([
      ("mask.unit", unit), ("controls.level", "basic"), ("mask.init-logit", "0.01"),
      ("controls.draws", "2"), ("controls.returned", "[0, 1]"),
      ("controls.adversary-steps", "[1]"), ("controls.adversary-restarts", "1"),
    ])
    let rows = context.records(of: .layerStats)
    let layers = Set(rows.filter { $0.metric == "n_weights" }.map { $0.keys[1] })
    // The biases belong to their rows, whatever the roles say.
    #expect(layers.contains("layers.0.bias") == (unit != "column"))
    for stage in ["full", "add", "mul"] {
      func value(_ layer: String, _ metric: String) throws -> Double {
        try context.value(.layerStats, [stage, layer], metric)
      }
      let weights = layers.filter { $0.hasSuffix(".weight") }
      for layer in weights {
        let (units, kept) = (try value(layer, "n_units"), try value(layer, "n_units_kept"))
        let perUnit = try value(layer, "n_weights") / units
        #expect(unit != "layer" || units == 1)
        #expect(try value(layer, "n_kept") == kept * perUnit)
      }
      for metric in ["n_units", "n_units_kept"] {
        #expect(try value("all", metric) == weights.reduce(0) { try $0 + value($1, metric) })
      }
    }
    let overlap = ["add", "mul", "all"]
    let inBoth = try context.value(.pairOverlap, overlap, "n_units_inter")
    let inOne = try context.value(.pairOverlap, overlap, "n_units_union")
    let sum =
      try context.value(.pairOverlap, overlap, "n_units_a")
      + context.value(.pairOverlap, overlap, "n_units_b")
    #expect(inBoth + inOne == sum)
    let kept = try context.value(.keptCurve, ["add", "1.0"], "n_kept")
    #expect(kept == (try context.value(.layerStats, ["add", "all"], "n_weights")))
  }

  @Test func `single weights have no units`() throws {
    let plain = try Self.run([("controls.level", "off")])
    let named = try Self.run([("controls.level", "off"), ("mask.unit", "weight")])
    #expect(plain.rows == named.rows)
    #expect(!plain.records(of: .layerStats).contains { $0.metric.contains("units") })
  }

  @Test(arguments: [
    ("addmul-lstm", "lstm-cell"), ("scan-transformer", "head"), ("cifar10-resnet", "filter"),
    ("addmul-lstm", "[lstm-cell, weight]"),
  ]) func `networks of other kinds`(_ experiment: String, _ unit: String) throws {
    var changes = [("mask.unit", unit), ("controls.level", "off")]
    if experiment.hasPrefix("scan") { changes += StudiesTests.short + [("task.test-size", "12")] }
    if experiment.hasPrefix("addmul") {
      changes += StudiesTests.short + [("task.train-size", "500"), ("task.valid-size", "60")]
    }
    let context = try TinyRun.run(TinyRun.configuration(experiment, changes))
    let all = try context.value(.layerStats, ["full", "all"], "n_units")
    let weights = try context.value(.layerStats, ["full", "all"], "n_weights")
    #expect(all > 1)
    if unit.hasSuffix("weight]") {
      // Gates of cells besides one for every weight, in rows of their own.
      let cells = context.records(of: .layerStats).filter {
        $0.keys[0] == "full" && $0.keys[1].hasSuffix("@lstm-cell") && $0.metric == "n_units"
      }.reduce(0) { $0 + $1.value }
      #expect(cells > 0 && all == weights + cells)
    } else {
      #expect(all < weights)
    }
  }

  @Test func `two units have a strength each`() throws {
    let both: [(String, String)] = [
      ("mask.unit", "[row, weight]"), ("controls.level", "off"), ("mask.init-logit", "0.01"),
      ("mask.beta", "0"),
    ]
    // Pressed by the second alone, rows stay.
    let context = try Self.run(both + [("mask.second-beta", "100000")])
    func value(_ layer: String, _ metric: String) throws -> Double {
      try context.value(.layerStats, ["full", layer], metric)
    }
    #expect(try value("layers.0.weight", "n_units_kept") == 0)
    #expect(try value("layers.0.weight@row", "n_units_kept") > 0)
    #expect(try value("layers.0.weight", "n_kept") == 0)
  }

  @Test(arguments: [
    ([("mask.unit", "filter")], "mask.unit is 'filter', but the network has no convolution"),
    (
      [("mask.unit", "lstm-cell")],
      "mask.unit is 'lstm-cell', but the network has no layer of long short-term memory"
    ),
    (
      [("mask.unit", "head")],
      "mask.unit is 'head', but the network has no layer of attention with projections of its own"
    ),
    ([("mask.unit", "[row, filter]")], "mask.unit is 'filter', but the network has no convolution"),
    ([("mask.unit", "[row, row]")], "mask.unit: [row, row] is one unit twice"),
    ([("mask.second-beta", "1")], "mask.second-beta is for two units at once"),
    ([("mask.unit", "block")], "mask.unit is 'block', but mask.block does not tell its size"),
    ([("mask.block", "[2, 2]")], "mask.block is for mask.unit: block"),
    (
      [("mask.unit", "block"), ("mask.block", "[7, 1]"), ("model.hidden", "[20, 14]")],
      "mask.block: [7, 1] does not divide layers.0.weight"
    ),
  ]) func `units that do not fit are refused before anything runs`(
    _ changes: [(String, String)], _ message: String
  ) throws {
    let failure = #expect(throws: Failure.self) {
      _ = try TinyRun.configuration("addmul-fnn", changes)
    }
    #expect(failure?.what.hasPrefix(message) == true && failure?.exitCode == .manifestInvalid)
  }

  @Test func `blocks that fit`() throws {
    let context = try Self.run([
      ("mask.unit", "block"), ("mask.block", "[2, 2]"), ("model.hidden", "[20, 14]"),
      ("controls.level", "off"),
    ])
    #expect(
      try context.value(.layerStats, ["full", "layers.1.weight"], "n_units") == 10 * 7)
  }
}
