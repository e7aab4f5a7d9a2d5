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
    let both = try Self.run([("mask.unit", "[row, weight]")])
    #expect(
      try both.value(.layerStats, ["full", "all"], "n_kept")
        == (0.25 * both.value(.layerStats, ["full", "all"], "n_weights")).rounded())
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
    let (kind, configuration) = try TinyRun.configuration("addmul-fnn", Self.changes + changes)
    let failure = #expect(throws: Failure.self) { try kind.prepare(json: configuration) }
    #expect(failure?.what == message)
  }

  @Test func `weights that are trained along have no given size`() throws {
    let (kind, configuration) = try TinyRun.configuration(
      "permuted-mnist", [("mask.kind", "edge-popup")])
    let failure = #expect(throws: Failure.self) { try kind.prepare(json: configuration) }
    #expect(failure?.what == "mask.kind: edge-popup is for networks that are frozen")
  }
}
