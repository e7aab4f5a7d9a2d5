import Masks
import Tensors
import Testing

@Suite struct MaskOverlapTests {
  private func mask(_ bits: [UInt8]) -> BinaryMask { BinaryMask(bits: bits, shape: [bits.count]) }

  @Test func byHand() {
    let overlap = MaskOverlap(mask([1, 1, 1, 0, 0, 0, 0, 0]), mask([0, 1, 1, 1, 1, 0, 0, 0]))
    #expect(overlap.weights == 8)
    #expect(overlap.keptByA == 3 && overlap.keptByB == 4)
    #expect(overlap.intersection == 2 && overlap.union == 5)
    #expect(overlap.iou == 2.0 / 5)
    #expect(overlap.iomin == 2.0 / 3)
    #expect(overlap.sharedFraction == 2.0 / 3)
    let (p, q) = (3.0 / 8, 4.0 / 8)
    #expect(abs(overlap.iouByChance - p * q / (p + q - p * q)) < 1e-15)
  }

  @Test func emptyMasksGiveZero() {
    let none = mask([0, 0])
    for overlap in [MaskOverlap(none, none), MaskOverlap(none, mask([1, 1])), MaskOverlap()] {
      #expect(overlap.iou == 0 && overlap.iomin == 0 && overlap.sharedFraction == 0)
      #expect(overlap.iouByChance == 0)
    }
  }

  @Test func severalTensorsAddTheirCounts() {
    let a = MaskSet(["x": mask([1, 1]), "y": mask([0, 0, 0, 1])])
    let b = MaskSet(["x": mask([1, 0]), "y": mask([0, 1, 1, 1])])
    let all = MaskOverlap(a, b)
    #expect(all.intersection == 2 && all.union == 5)
    #expect(all.iou == 0.4, "not the mean 0.4167 of 1/2 and 1/3")
    // Expected intersection 2·1/2 + 1·3/4, expected union what remains of 3 + 4.
    #expect(abs(all.iouByChance - 1.75 / (7 - 1.75)) < 1e-15)
  }

  @Test func chanceIsTheMeanOverRandomMasks() {
    let n = 20_000
    let stream = RandomSource(seed: 1).stream("chance")
    func random(_ kept: Int, _ step: Int) -> BinaryMask {
      var bits = [UInt8](repeating: 0, count: n)
      for i in stream.permutation(n, step: step).prefix(kept) { bits[i] = 1 }
      return mask(bits)
    }
    let overlap = MaskOverlap(random(6000, 1), random(9000, 2))
    #expect(abs(overlap.iou - overlap.iouByChance) < 0.01)
  }
}
