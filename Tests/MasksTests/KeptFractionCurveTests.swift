import Masks
import Tensors
import Testing

@Suite struct KeptFractionCurveTests {
  @Test func `ranks go over all tensors and equal logits keep their order`() {
    let ranked = RankedWeights(logits: [
      "b": Tensor([3, -1, 0.5], shape: [3]), "a": Tensor([0.5, 7], shape: [1, 2]),
    ])
    #expect(ranked.count == 5)
    func bits(_ kept: Int) -> [String: [UInt8]] {
      ranked.mask(keeping: kept).masks.mapValues(\.bits)
    }
    #expect(bits(0) == ["a": [0, 0], "b": [0, 0, 0]])
    #expect(bits(2) == ["a": [0, 1], "b": [1, 0, 0]])
    // .5 stands twice: first in a.
    #expect(bits(3) == ["a": [1, 1], "b": [1, 0, 0]])
    #expect(bits(4) == ["a": [1, 1], "b": [1, 0, 1]])
    #expect(bits(5) == ["a": [1, 1], "b": [1, 1, 1]])
    #expect(ranked.mask(keeping: 1)["a"]?.shape == [1, 2])
  }

  /// By hand: F is 0 up to .1 and 1 from .2 on.
  @Test func `areas of a step`() throws {
    let scores = [0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.9, 0.9, 0.9]
    let curve = try #require(KeptFractionCurve(scores: scores, empty: 0.2))
    #expect(curve.faithfulness == [0, 0, 0, 0, 0, 0, 0, 1, 1, 1])
    #expect(abs(curve.area - (0.1 / 2 + 0.8)) < 1e-12)
    #expect(abs(curve.distance - (0.099 + 0.1 / 2)) < 1e-12)
  }

  /// Masks that do better than the network count for CPR, and against CMD.
  @Test func `areas of a curve that goes beyond the network`() throws {
    let scores = [Double](repeating: 1, count: 9) + [0.5]
    let curve = try #require(KeptFractionCurve(scores: scores, empty: 0))
    #expect(curve.faithfulness == [Double](repeating: 2, count: 9) + [1])
    #expect(abs(curve.area - (0.499 * 2 + 0.5 * 1.5)) < 1e-12)
    #expect(abs(curve.distance - (0.499 + 0.5 * 0.5)) < 1e-12)
    #expect(KeptFractionCurve(scores: [Double](repeating: 0.1, count: 10), empty: 0.1) == nil)
  }
}
