import ExperimentKit
import Masks
import Store
import Testing

@testable import Experiments

/// Studies with masks of a given size.
@Suite struct MaskTargetStudiesTests {
  private static let changes = [
    ("task.train-size", "400"), ("task.valid-size", "60"), ("controls.level", "off"),
    ("mask.target.kept", "0.25"),
  ]

  private static func run(_ changes: [(String, String)]) throws -> RunContext {
    try TinyRun.run(
      TinyRun.configuration("addmul-fnn", StudiesTests.short + Self.changes + changes))
  }

  @Test(arguments: MaskEstimatorKind.allCases)
  func `masks have the size that is asked for`(_ kind: MaskEstimatorKind) throws {
    let context = try Self.run([("mask.kind", kind.rawValue)])
    for stage in ["full", "add", "mul"] {
      func value(_ layer: String, _ metric: String) throws -> Double {
        try context.value(.layerStats, [stage, layer], metric)
      }
      for layer in kind.hasGivenSize ? ["layers.0.weight", "layers.1.weight"] : ["all"] {
        let kept = try value(layer, "n_kept")
        #expect(try kept == (0.25 * value(layer, "n_weights")).rounded())
      }
    }
    if kind == .magnitude {
      #expect(try context.value(.pairOverlap, ["add", "mul", "all"], "iou") == 1)
    }
  }

  @Test func `sizes of units and of two at once`() throws {
    let rows = try Self.run([("mask.kind", "magnitude"), ("mask.unit", "row")])
    let units = try rows.value(.layerStats, ["full", "layers.0.weight"], "n_units")
    #expect(
      try rows.value(.layerStats, ["full", "layers.0.weight"], "n_units_kept")
        == (0.25 * units).rounded())
    // A weight is as sure as the less sure of its gates: those of a row with one logit are kept together.
    let both = try Self.run([("mask.unit", "[row, weight]")])
    let weights = try both.value(.layerStats, ["full", "all"], "n_weights")
    let kept = try both.value(.layerStats, ["full", "all"], "n_kept")
    #expect(kept >= (0.25 * weights).rounded() && kept < 0.27 * weights)
  }

  @Test(arguments: [
    (
      [("mask.kind", "edge-popup"), ("mask.target.kept", "none")],
      "mask.kind is 'edge-popup', but mask.target.kept does not tell the size"
    ),
    ([("mask.target.kept", "0")], "mask.target.kept: 0 is out of reach"),
    (
      [("mask.target.kept", "0.01"), ("mask.unit", "layer")],
      "mask.target.kept: 0.01 is out of reach"
    ),
    (
      [("mask.kind", "magnitude"), ("mask.unit", "layer")], "mask.target.kept: 0.25 is out of reach"
    ),
    (
      [("mask.kind", "edge-popup"), ("mask.unit", "[row, weight]")],
      "mask.kind: edge-popup is for one unit"
    ),
    (
      [("mask.second-beta", "1"), ("mask.unit", "[row, weight]")],
      "mask.second-beta has no effect besides mask.target.kept"
    ),
  ]) func `sizes out of reach are refused before anything runs`(
    _ changes: [(String, String)], _ message: String
  ) throws {
    let failure = #expect(throws: Failure.self) {
      _ = try TinyRun.configuration(
        "addmul-fnn", Self.changes.filter { own in !changes.contains { $0.0 == own.0 } } + changes)
    }
    #expect(failure?.what.hasPrefix(message) == true && failure?.exitCode == .manifestInvalid)
  }

  /// With controls, of which some masks are trained for right answers all the same.
  @Test(arguments: ["addmul-fnn", "double-add-lstm"])
  func `masks that match the network`(_ experiment: String) throws {
    let changes =
      StudiesTests.short + [
        ("task.train-size", "400"), ("task.valid-size", "60"), ("controls.level", "standard"),
        ("controls.draws", "1"), ("controls.returned", "[0.5]"),
        ("controls.adversary-steps", "[1]"),
        ("controls.adversary-restarts", "1"), ("controls.examples", "20"),
      ]
    func logits(_ objective: String) throws -> [String: Double] {
      let context = try TinyRun.run(
        TinyRun.configuration(experiment, changes + [("mask.objective", objective)]))
      return context.records(of: .trainingCurve).filter { $0.metric == "loss" }.reduce(into: [:]) {
        $0[$1.keys.joined(separator: "/")] = $1.value
      }
    }
    let (task, match) = try (logits("task"), logits("match"))
    #expect(task.keys == match.keys)
    for (key, loss) in task {
      let isNull = NeverLearnedOperation.names.contains { key.contains("-\($0)/") }
      let isTrained = key.hasPrefix("pretrain") || isNull
      if experiment == "addmul-fnn" { #expect((match[key] == loss) == isTrained, "\(key)") }
    }
  }

  @Test func `weights that are trained along have no given size`() throws {
    let failure = #expect(throws: Failure.self) {
      _ = try TinyRun.configuration("permuted-mnist", [("mask.kind", "edge-popup")])
    }
    #expect(
      failure?.what.hasPrefix("mask.kind: edge-popup is for networks that are frozen") == true)
  }
}
