import Masks
import Testing

@Suite struct NormalizedSharingTests {
  private func set(_ bits: [UInt8], _ more: [UInt8] = []) -> MaskSet {
    var masks = ["w": BinaryMask(bits: bits, shape: [bits.count])]
    if !more.isEmpty { masks["v"] = BinaryMask(bits: more, shape: [more.count]) }
    return MaskSet(masks)
  }

  /// Two masks of each task on eight weights.
  @Test func `by hand`() throws {
    let a = [set([1, 1, 1, 0, 0, 0, 0, 0]), set([1, 1, 0, 1, 0, 0, 0, 0])]
    let b = [set([0, 0, 1, 0, 1, 0, 0, 0]), set([0, 1, 0, 0, 1, 1, 0, 0])]
    let sharing = NormalizedSharing(a, b)
    #expect(abs(sharing.withinFirst - 2.0 / 4) < 1e-12)
    #expect(abs(sharing.withinSecond - 1.0 / 4) < 1e-12)
    // A₁B₁ 1/4, A₁B₂ 1/5, A₂B₁ 0/5, A₂B₂ 1/5.
    #expect(abs(sharing.between - (0.25 + 0.2 + 0 + 0.2) / 4) < 1e-12)
    func chance(_ x: Double, _ y: Double) -> Double { (x * y / 8) / (x + y - x * y / 8) }
    let expected = (2 * chance(3, 2) + 2 * chance(3, 3)) / 4
    #expect(abs(sharing.chance - expected) < 1e-12)
    let sigma = (0.1625 - expected) / (0.375 - expected)
    #expect(abs(try #require(sharing.sigma) - sigma) < 1e-12)
  }

  @Test func `repetitions of one task share everything that repetitions share`() throws {
    let masks = [
      set([1, 1, 1, 0, 0, 0, 0, 0, 0, 0]), set([1, 1, 0, 1, 0, 0, 0, 0, 0, 0]),
      set([1, 1, 0, 0, 1, 0, 0, 0, 0, 0]), set([1, 1, 0, 0, 0, 1, 0, 0, 0, 0]),
    ]
    let sharing = NormalizedSharing(Array(masks[..<2]), Array(masks[2...]))
    #expect(abs(try #require(sharing.sigma) - 1) < 1e-12)
  }

  @Test func `a single mask is given what the other task's masks share`() {
    let a = [set([1, 1, 0, 0], [1, 0]), set([1, 0, 0, 0], [1, 0])]
    let sharing = NormalizedSharing(a, [set([0, 1, 0, 1], [0, 1])])
    #expect(sharing.withinSecond == sharing.withinFirst)
    #expect(abs(sharing.withinFirst - 2.0 / 3) < 1e-12)
    #expect(sharing.similarities.count == 3)
  }

  @Test func `tasks whose own masks have nothing in common have no measure`() {
    let a = [set([1, 0, 0, 0]), set([0, 1, 0, 0])]
    #expect(NormalizedSharing(a, [set([0, 0, 1, 0]), set([0, 0, 0, 1])]).sigma == nil)
  }
}
