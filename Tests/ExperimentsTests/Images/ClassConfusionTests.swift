import ExperimentKit
import Masks
import Testing

@testable import Experiments

/// Confusion, its change, and the drop of a class, against numbers worked out by hand.
@Suite struct ClassConfusionTests {
  private static let names = ["ant", "bee", "cow"]

  /// A matrix from its counts, true classes first.
  private func confusion(_ counts: [[Int]]) -> ClassConfusion {
    var confusion = ClassConfusion(classNames: Self.names)
    for (truth, row) in counts.enumerated() {
      for (predicted, count) in row.enumerated() {
        for _ in 0..<count { confusion.add(true: truth, predicted: predicted) }
      }
    }
    return confusion
  }

  /// Ants 4 of 5 right, bees 5 of 10, cows 2 of 4.
  private var full: ClassConfusion { confusion([[4, 1, 0], [2, 5, 3], [1, 1, 2]]) }
  /// Without ants: ants 1 of 5 right, bees 4 of 10, cows 3 of 4.
  private var removed: ClassConfusion { confusion([[1, 4, 0], [0, 4, 6], [0, 1, 3]]) }

  @Test func `rates are shares of the examples of the true class`() {
    #expect(full.examples == 19 && full.right == 11)
    #expect(full.rate(true: 0, predicted: 0) == 0.8)
    #expect(full.rate(true: 0, predicted: 1) == 0.2)
    #expect(full.rate(true: 1, predicted: 0) == 0.2)
    #expect(full.rate(true: 2, predicted: 1) == 0.25)
    #expect(confusion([[0, 0, 0], [1, 0, 0], [0, 0, 1]]).rate(true: 0, predicted: 0).isNaN)
  }

  @Test func `the drop is relative to what was recognised before`() {
    // Ants 0.8 to 0.2, bees 0.5 to 0.4, cows 0.5 to 0.75.
    #expect(abs(removed.relativeDrop(of: 0, from: full) - 0.75) < 1e-12)
    #expect(abs(removed.relativeDrop(of: 1, from: full) - 0.2) < 1e-12)
    #expect(abs(removed.relativeDrop(of: 2, from: full) + 0.5) < 1e-12)
    #expect(abs(removed.worstOtherOverTarget(0, from: full) - 0.2 / 0.75) < 1e-12)
    // Nobody but ants drops more than bees.
    #expect(abs(removed.worstOtherOverTarget(1, from: full) - 0.75 / 0.2) < 1e-12)
    // Gains of others are no drops.
    let alone = confusion([[1, 4, 0], [0, 6, 4], [0, 1, 3]])
    #expect(alone.worstOtherOverTarget(0, from: full) == 0)
  }

  @Test func `what is not defined is not a number`() {
    #expect(full.worstOtherOverTarget(0, from: full).isNaN, "nothing dropped")
    let blind = confusion([[0, 5, 0], [2, 5, 3], [1, 1, 2]])
    #expect(removed.relativeDrop(of: 0, from: blind).isNaN, "nothing was recognised")
    // Such a class is left out among the others.
    #expect(abs(removed.worstOtherOverTarget(1, from: blind) - 0) < 1e-12)
  }

  @Test func `the tables hold counts, rates and their change`() throws {
    let context = try RunContext(seed: 0)
    removed.record(stage: "ant", mode: .mask, in: context)
    removed.recordDelta(from: full, stage: "ant", in: context)
    removed.recordDrop(ofClass: "ant", from: full, in: context)
    #expect(try context.value(.confusion, ["ant", "mask", "bee", "cow"], "count") == 6)
    #expect(try context.value(.confusion, ["ant", "mask", "bee", "cow"], "rate") == 0.6)
    let expected = [[-0.6, 0.6, 0], [-0.2, -0.1, 0.3], [-0.25, 0, 0.25]]
    for (truth, row) in expected.enumerated() {
      for (predicted, delta) in row.enumerated() {
        let keys = ["ant", Self.names[truth], Self.names[predicted]]
        let found = try context.value(.confusionDelta, keys, "delta")
        #expect(abs(found - delta) < 1e-12, "\(keys)")
      }
    }
    #expect(abs(try context.value(.classDrop, ["ant"], "relative_drop") - 0.75) < 1e-12)
    let share = try context.value(.classDrop, ["ant"], "worst_other_over_target")
    #expect(abs(share - 0.2 / 0.75) < 1e-12)
  }
}
