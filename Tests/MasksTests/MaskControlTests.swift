import Masks
import Tensors
import Testing

@Suite struct MaskControlTests {
  let weights = ["x": Tensor<Float>([0.1, -5, 3, 0, -3, 2], shape: [6])]
  let learned = MaskSet(["x": BinaryMask(bits: [1, 0, 0, 1, 0, 0], shape: [6])])
  private func masks(_ control: MaskControl, seed: UInt64 = 1) -> MaskSet {
    control.masks(for: learned, weights: weights) { RandomSource(seed: seed).stream($0) }
  }

  @Test(arguments: MaskControl.allCases)
  func sizesAreEqual(control: MaskControl) {
    #expect(masks(control).keptCount == 2)
  }

  @Test func magnitudeKeepsTheLargest() {
    // |-5| first, then 3 before the equal -3.
    #expect(masks(.magnitude)["x"]?.bits == [0, 1, 1, 0, 0, 0])
  }

  @Test func theComplementIsDisjoint() {
    for seed in 0..<20 {
      #expect((masks(.randomComplement, seed: UInt64(seed)) & learned).keptCount == 0)
    }
    let dense = MaskSet(["x": BinaryMask(bits: [1, 1, 1, 1, 0, 0], shape: [6])])
    let control = MaskControl.randomComplement.masks(for: dense, weights: weights) {
      RandomSource(seed: 1).stream($0)
    }
    #expect(control == !dense, "everything that is left when less is left than kept")
  }

  @Test func randomMasksDifferBySeedAndCoverAllPlaces() {
    var union = masks(.random)
    for seed in 2..<30 { union = union | masks(.random, seed: UInt64(seed)) }
    #expect(union.keptCount == 6)
    #expect(masks(.random) == masks(.random))
  }
}
