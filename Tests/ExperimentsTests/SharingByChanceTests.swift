import ExperimentKit
import Masks
import Tensors
import Testing

@testable import Experiments

@Suite struct SharingByChanceTests {
  private func rows(_ keys: [String], _ values: [(String, Double)]) -> [Record] {
    values.map { Record(keys: keys, metric: $0, value: $1) }
  }

  /// Rows of `layer_stats` as runs record them; the first stage shares nothing.
  private func stage(_ name: String, _ layer: String, kept: Int, of count: Int) -> [Record] {
    rows(
      [name, layer],
      [("n_weights", Double(count)), ("n_kept", Double(kept))]
        + [("kept_frac", Double(kept) / Double(count))]
        + (name == "full" ? [] : [("n_shared", 0), ("shared_frac", 0)]))
  }

  private func value(_ records: [Record], _ keys: [String]) throws -> Double {
    try #require(records.first { $0.keys == keys }).value
  }

  @Test func stagesByHand() throws {
    let sizes = [("full", 9, 5), ("a", 4, 0), ("b", 5, 2), ("c", 2, 8)]
    let found = SharingByChance.ofStages(
      sizes.flatMap { name, x, y in
        stage(name, "x", kept: x, of: 10) + stage(name, "y", kept: y, of: 8)
          + stage(name, "all", kept: x + y, of: 18)
      })
    #expect(Set(found.map(\.metric)) == ["shared_frac_chance"])
    #expect(found.count == 9, "none of the first stage")
    #expect(abs(try value(found, ["a", "x"]) - (1 - 0.5 * 0.8)) < 1e-15)
    #expect(abs(try value(found, ["b", "x"]) - (1 - 0.6 * 0.8)) < 1e-15)
    #expect(try value(found, ["a", "y"]) == 0, "as shared_frac of an empty mask")
    #expect(try value(found, ["b", "y"]) == 1)
    // From summed counts: 5 · .52 + 2 · 1 of 7 weights.
    #expect(abs(try value(found, ["b", "all"]) - (5 * 0.52 + 2) / 7) < 1e-15)
  }

  /// Both against masks that are drawn.
  @Test func chanceIsTheMeanOverRandomMasks() throws {
    let n = 60
    let sizes = ["a": 20, "b": 30, "c": 6]
    let found = SharingByChance.ofStages(
      sizes.keys.sorted().flatMap { stage($0, "x", kept: sizes[$0] ?? 0, of: n) })
    let stream = RandomSource(seed: 3).stream("masks")
    var (shared, overlap) = (0.0, 0.0)
    let draws = 2000
    for draw in 0..<draws {
      let masks = ["a", "b", "c"].enumerated().map { index, name in
        var bits = [UInt8](repeating: 0, count: n)
        for place in stream.permutation(n, step: 3 * draw + index).prefix(sizes[name] ?? 0) {
          bits[place] = 1
        }
        return MaskSet(["x": BinaryMask(bits: bits, shape: [n])])
      }
      shared += MaskOverlap(masks[0], masks[1] | masks[2]).sharedFraction / Double(draws)
      overlap += MaskOverlap(masks[0], masks[1]).iomin / Double(draws)
    }
    #expect(abs(try value(found, ["a", "x"]) - shared) < 0.01)
    let expected = 20.0 * 30 / 60
    let pair = SharingByChance.ofPairs(
      rows(
        ["a", "b", "x"],
        [("n_a", 20), ("n_b", 30), ("iou_chance", expected / (50 - expected))]))
    #expect(pair.map(\.metric) == ["iomin_chance"])
    #expect(abs(pair[0].value - overlap) < 0.01)
    #expect(abs(pair[0].value - 0.5) < 1e-15, "the share that the larger mask keeps")
  }

  @Test func ofEmptyMasksIsZero() {
    let pair = SharingByChance.ofPairs(
      rows(["a", "b", "x"], [("n_a", 0), ("n_b", 0), ("iou_chance", 0)]))
    #expect(pair.map(\.value) == [0])
  }

  @Test func transferByHand() throws {
    func task(_ number: Int, _ kept: Double, _ shared: Double?) -> [Record] {
      ["x", "all"].flatMap { layer in
        rows(
          [String(number), layer],
          [("n_kept", kept)]
            + (shared.map { [("n_shared", $0), ("shared_frac", $0 / kept)] } ?? []))
      }
    }
    let found = SharingByChance.ofTransfer(
      task(0, 6, nil) + task(1, 5, 2) + task(2, 4, 4),
      sizes: stage("permutation-0", "x", kept: 6, of: 20))
    #expect(Set(found.map { $0.keys[0] }) == ["1", "2"])
    #expect(try value(found, ["1", "x"]) == 6.0 / 20)
    #expect(try value(found, ["2", "x"]) == 9.0 / 20)
    #expect(abs(try value(found, ["2", "all"]) - 9.0 / 20) < 1e-15)
  }
}
