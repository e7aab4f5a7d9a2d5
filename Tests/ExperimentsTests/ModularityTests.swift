import ExperimentKit
import Masks
import Testing

@testable import Experiments

@Suite struct ModularityTests {
  /// Three tasks, by hand.
  @Test func `losses are relative to the network as it is`() throws {
    let context = try RunContext(seed: 0)
    let accuracies: [(stage: String, mode: String, on: String, accuracy: Double)] = [
      ("pretrained", "none", "a", 0.8), ("pretrained", "none", "b", 0.5),
      ("pretrained", "none", "c", 1),
      // The mask of a costs an eighth of its own task, and all or half of the others.
      ("a", "mask", "a", 0.7), ("a", "mask", "b", 0), ("a", "mask", "c", 0.5),
      // Without its weights b is untouched and c loses three quarters.
      ("a", "inverse", "a", 0), ("a", "inverse", "b", 0.5), ("a", "inverse", "c", 0.25),
    ]
    for row in accuracies {
      context.record(.accuracy, [row.stage, row.mode, row.on], "accuracy", row.accuracy)
    }
    Modularity(stages: ["full", "a", "b", "c"]).record(stage: "a", mode: .inverse, in: context)
    let expected: [(other: String, specialize: Double, reuse: Double)] = [
      ("b", 0.875, 0), ("c", 0.375, 0.75), ("mean", 0.625, 0.375),
    ]
    for row in expected {
      let found = try ["specialize", "reuse"].map {
        try context.value(.modularity, ["a", row.other], $0)
      }
      #expect(abs(found[0] - row.specialize) < 1e-12, "\(row.other)")
      #expect(abs(found[1] - row.reuse) < 1e-12, "\(row.other)")
    }
    #expect(context.records(of: .modularity).count == 6)
  }

  @Test(arguments: [("addmul-lstm", ["add", "mul"]), ("double-add-fnn", ["pair1", "pair2"])])
  func `a run records it from its accuracies`(experiment: String, tasks: [String]) throws {
    let context = try TinyRun.run(
      TinyRun.configuration(
        experiment, StudiesTests.short + [("task.train-size", "500"), ("task.valid-size", "400")]))
    #expect(context.texts(.modularity, 0) == Set(tasks))
    for (own, other) in [(tasks[0], tasks[1]), (tasks[1], tasks[0])] {
      func accuracy(_ stage: String, _ mode: String) throws -> Double {
        try context.value(.accuracy, [stage, mode, other], "accuracy")
      }
      let whole = try accuracy("pretrained", "none")
      let reuse = try context.value(.modularity, [own, other], "reuse")
      let without = try accuracy(own, "inverse")
      try #require(whole > 0)
      #expect(abs(reuse - (1 - without / whole)) < 1e-12)
      #expect(try context.value(.modularity, [own, "mean"], "reuse") == reuse)
    }
  }
}
