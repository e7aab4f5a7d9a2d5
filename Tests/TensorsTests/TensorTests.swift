import Tensors
import Testing

@Suite struct TensorTests {
  let numbers = Tensor<Float>((0..<24).map(Float.init), shape: [2, 3, 4])

  @Test func indicesAreRowMajor() {
    #expect(numbers[1, 2, 3] == 23)
    #expect(numbers[0, 1, 0] == 4)
    #expect(numbers[flat: 13] == 13)
  }

  @Test func viewsShareUntilWritten() {
    var view = numbers.slice(1)
    #expect(view.shape == [3, 4])
    #expect(view[0, 0] == 12)
    #expect(numbers.rows(1..<2).reshaped(to: [12]).scalars == (12..<24).map(Float.init))
    view[0, 0] = -1
    #expect(view[0, 0] == -1)
    #expect(numbers[1, 0, 0] == 12, "writing to a view must not change its origin")
    var copy = numbers
    copy.fill(0)
    #expect(numbers.sum() == 276)
    #expect(copy.sum() == 0)
  }

  @Test func numbersAreRoundedToNearest() {
    let exact: [Double] = [0.1, -1 / 3, 16_777_217, 1e300, 0, .nan, 1e-60]
    let rounded = Tensor(exact, shape: [7]).converted(to: Float.self).scalars
    let expected: [Float] = [0.1, -1 / 3, 16_777_216, .infinity, 0, .nan, 0]
    #expect(zip(rounded, expected).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
    #expect(Tensor([0.1, 2], shape: [2]).converted(to: Double.self).scalars == [0.1, 2])
    #expect(Tensor<Double>(zeros: [0, 3]).converted(to: Float.self).shape == [0, 3])
  }

  @Test func sumsOfRows() {
    #expect(numbers.reshaped(to: [6, 4]).rowSums() == [6, 22, 38, 54, 70, 86])
    #expect(Tensor<Float>(zeros: [2, 0]).rowSums() == [0, 0])
  }

  @Test func elementwiseArithmetic() {
    let a = Tensor<Float>([1, -2, 3], shape: [3])
    let b = Tensor<Float>([4, 5, -6], shape: [3])
    #expect((a + b).scalars == [5, 3, -3])
    #expect((a - b).scalars == [-3, -7, 9])
    #expect((a * b).scalars == [4, -10, -18])
    #expect((2 * a).scalars == [2, -4, 6])
    var c = a
    c.add(b, scaledBy: 0.5)
    #expect(c.scalars == [3, 0.5, 0])
    c.multiply(by: b)
    #expect(c.scalars == [12, 2.5, 0])
    c.scale(by: 2)
    #expect(c.scalars == [24, 5, 0])
  }

  @Test func reductions() {
    let m = Tensor<Float>([11, 22, 33, 14, 25, 36], shape: [2, 3])
    var rows = Tensor<Float>([1, 2, 3], shape: [3])
    m.addSumOfRows(to: &rows)
    #expect(rows.scalars == [26, 49, 72])
    #expect(m.sum() == 141)
    #expect(m.mean() == 23.5)
    #expect(m.sumOfSquares() == 3811)
    #expect(Tensor<Float>([1, 3, 3, 9, 2, 9], shape: [2, 3]).argmaxRows() == [1, 0])
  }

  @Test(arguments: [0, 15, 16, 17, 40])
  func finiteness(position: Int) {
    var x = Tensor<Float>(repeating: 3e38, shape: [41])
    #expect(x.isFinite)
    x[flat: position] = .infinity
    #expect(!x.isFinite)
    x[flat: position] = .nan
    #expect(!x.isFinite)
  }

  @Test func axesArePermuted() {
    let t = numbers.permutingAxes([2, 0, 1])
    #expect(t.shape == [4, 2, 3])
    for i in 0..<2 { for j in 0..<3 { for k in 0..<4 { #expect(t[k, i, j] == numbers[i, j, k]) } } }
    #expect(numbers.slice(0).transposed().scalars == [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
    #expect(Tensor<Float>(zeros: [0, 3]).transposed().shape == [3, 0])
  }

  @Test func emptyTensorsAreHarmless() {
    let empty = Tensor<Float>(zeros: [0, 4])
    #expect((empty + empty).count == 0)
    #expect(empty.sum() == 0)
    #expect(empty.isFinite)
    var rows = Tensor<Float>(zeros: [4])
    empty.addSumOfRows(to: &rows)
    #expect(rows.scalars == [0, 0, 0, 0])
  }

  @Test func buffersAreRecycled() {
    // An unusual size, so that other tests running at the same time do not take part.
    let shape: Shape = [1_234_567]
    func address() -> UInt {
      Tensor<Float>(zeros: shape).withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    }
    let first = address()
    #expect(first != 0 && BufferPool.shared.freeBytes >= shape.count * 4, "it waits in the pool")
    #expect(address() == first, "and is used again")
  }
}
