import Tensors
import Testing

@Suite struct ShapeTests {
  @Test func countIsTheProductOfTheExtents() {
    #expect(Shape([2, 3, 4]).count == 24)
    #expect(Shape([]).count == 1)
    #expect(Shape([5, 0]).count == 0)
  }

  @Test func leadingAxesComeAndGo() {
    let shape: Shape = [3, 4]
    #expect(shape.prepending(2) == [2, 3, 4])
    #expect(shape.prepending(2).dropFirst() == shape)
    #expect(shape.replacing(axis: 1, with: 7) == [3, 7])
    #expect(shape != [3, 4, 1])
  }

  @Test func descriptions() {
    #expect("\(Shape([128, 42]))" == "128×42")
    #expect("\(Shape([]))" == "scalar")
  }
}
