import Masks
import Tensors
import Testing

@Suite struct BinaryMaskTests {
  let a = BinaryMask(bits: [1, 1, 0, 0], shape: [2, 2])
  let b = BinaryMask(bits: [1, 0, 1, 0], shape: [2, 2])

  @Test func algebra() {
    #expect((a & b).bits == [1, 0, 0, 0])
    #expect((a | b).bits == [1, 1, 1, 0])
    #expect((a - b).bits == [0, 1, 0, 0])
    #expect((!a).bits == [0, 0, 1, 1])
    #expect(!(!a) == a)
    #expect((a & !a).keptCount == 0)
    #expect(a.keptCount == 2)
    #expect(a.intersectionCount(b) == 1)
  }

  @Test func removedWeightsAreExactlyZero() {
    let w = Tensor<Float>([1, .infinity, -3, .nan], shape: [2, 2])
    let masked = BinaryMask(bits: [1, 0, 1, 0], shape: [2, 2]).applied(to: w)
    #expect(masked.scalars == [1, 0, -3, 0])
    #expect(a.applied(to: w)[flat: 1] == .infinity)
  }

  @Test func valuesAndChoices() {
    #expect(a.values(kept: Float(2), removed: -1).scalars == [2, 2, -1, -1])
    let x = Tensor<Float>([1, 2, 3, 4], shape: [2, 2])
    let y = Tensor<Float>([-1, -2, -3, -4], shape: [2, 2])
    #expect(b.choosing(x, otherwise: y).scalars == [1, -2, 3, -4])
    #expect(x.scalars == [1, 2, 3, 4])
  }
}
